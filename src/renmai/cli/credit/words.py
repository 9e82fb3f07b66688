"""What the checks of a credit log say, in English and Chinese. Both have the same places to fill in.

These sentences are not in the catalogues of the pages: who checks a log has no house, and no compiled translations.
"""

from __future__ import annotations

import os
from typing import Any

SENTENCES: dict[str, tuple[str, str]] = {
    # What is proved.
    "signed": (
        "The log {origin} itself signed a checkpoint over {size} entries.",
        "日志 {origin} 亲自签署了含 {size} 条记录的检查点。",
    ),
    "whole": (
        "All {size} entries and every tile were read, and the root made from them is the one in the checkpoint: nothing in it was changed.",
        "全部 {size} 条记录和每一块哈希都已读取，由此算出的根与检查点一致：内容没有被改动。",
    ),
    "witnessed": (
        "{count} of your policy's {known} witnesses signed this checkpoint too, which your policy takes to be enough; the last at {at}.",
        "您的策略所列 {known} 位见证者中有 {count} 位也签了这个检查点，符合策略要求；最近一次在 {at}。",
    ),
    "receipt": (
        "The receipt {file}: its fact is in the log, at place {index}.",
        "回执 {file}：其事实在日志中，位置 {index}。",
    ),
    "opened": (
        "The receipt {file}: what it tells about the deal is what the fact stands for.",
        "回执 {file}：其中的交易内容正是该事实所承诺的内容。",
    ),
    "anchored": (
        "The chain holds {count} roots of this log, the newest over {size} entries in block {block}; all are beginnings of it.",
        "链上存有本日志的 {count} 个根，最新的含 {size} 条记录，位于区块 {block}；全部都是本日志的前段。",
    ),
    "complete": (
        "These are all {count} facts that the log holds about {subject}: none was passed over.",
        "这就是日志中关于 {subject} 的全部 {count} 条事实：没有遗漏。",
    ),
    "score": (
        "By the published rules, version {version}, these facts give the score {value} on {on}.",
        "按公开规则第 {version} 版，这些事实在 {on} 的得分为 {value}。",
    ),
    "proof": (
        "The log {origin} signed that this fact is at place {index} of its first {size} entries.",
        "日志 {origin} 签名证实：该事实位于其前 {size} 条记录的第 {index} 位。",
    ),
    "followed": (
        "The log {origin} only grew: its {size} entries were all read, and begin with everything this mirror held.",
        "日志 {origin} 只增不改：{size} 条记录全部读取，并以本镜像已有的内容开头。",
    ),
    "witness_agrees": (
        "The witness {url} was shown the same log, up to these {size} entries.",
        "见证者 {url} 看到的是同一份日志，直至这 {size} 条记录。",
    ),
    # What is only trusted.
    "true_when_written": (
        "That each fact was true when it was written: the log proves what was said and that it was not changed since.",
        "每条事实在写入时属实：日志能证明当时写了什么、此后没有改动，但不能证明其真实。",
    ),
    "who_it_is": (
        "Who stands behind {subject}: the house says that, on its page.",
        "{subject} 代表谁：这由平台在其页面上说明。",
    ),
    "weights": (
        "How independent each buyer is: the house puts buyers into four classes by a published rule, but does not publish what it looked at.",
        "每位买家的独立程度：平台按公开规则分为四级，但不公开其依据的数据。",
    ),
    "no_receipts": (
        "That nothing was left out before it was written: only somebody with a receipt can show that. Give yours with --receipt.",
        "写入之前没有遗漏：只有持有回执的人才能证明。请用 --receipt 提供。",
    ),
    "no_key": (
        "Whose log this is: the signature was not checked. Give the log's key with --key.",
        "这是谁的日志：没有核对签名。请用 --key 提供日志的公钥。",
    ),
    "no_policy": (
        "That others are shown the same log: no witness was asked for. Give a policy file with --policy.",
        "别人看到的是同一份日志：没有要求见证者签名。请用 --policy 提供策略文件。",
    ),
    "no_anchor": (
        "That the log was not written anew as a whole: no chain was asked. Give --anchor and --contract.",
        "日志没有被整体重写：没有查询区块链。请提供 --anchor 和 --contract。",
    ),
    "anchor_none": (
        "That the log was not written anew as a whole: the contract holds no root of it yet.",
        "日志没有被整体重写：合约中还没有它的根。",
    ),
    "rpc": (
        "That the node {rpc} tells what its chain holds.",
        "节点 {rpc} 如实反映链上的内容。",
    ),
    "not_compared": (
        "That the log still shows this fact to everyone: `renmai credit audit` reads it and compares.",
        "日志至今仍向所有人展示这条事实：`renmai credit audit` 会读取并比对。",
    ),
    "others": (
        "{count} entries are no facts of a kind that this version knows; they count for nothing.",
        "有 {count} 条记录不是本版本认识的事实，不计入得分。",
    ),
    # What was caught.
    "mismatch": (
        "CAUGHT: {where} is not what the log's other hashes say it is. Something was changed after it was written.",
        "发现造假：{where} 与日志的其他哈希不符，写入之后被改动过。",
    ),
    "other_root": (
        "CAUGHT: the entries that are served do not make the root that was signed.",
        "发现造假：所提供的记录算不出已签名的根。",
    ),
    "not_signed": (
        "CAUGHT: the checkpoint is not signed as it should be ({why}).",
        "发现造假：检查点的签名不对（{why}）。",
    ),
    "withheld": (
        "CAUGHT: the log signed the receipt {file}, but at place {index} it now shows another entry. The fact was taken out, or others are shown another log.",
        "发现造假：日志签发了回执 {file}，但位置 {index} 现在是另一条记录。该事实被撤掉，或者别人看到的是另一份日志。",
    ),
    "split": (
        "CAUGHT: the log signed the receipt {file} over its first {size} entries, and now shows other ones. It tells different people different things.",
        "发现造假：日志曾为回执 {file} 对其前 {size} 条记录签名，现在展示的却不同。它对不同的人说不同的话。",
    ),
    "taken_back": (
        "CAUGHT: the log signed the receipt {file} over {size} entries, and now shows {shown} only. It took something back.",
        "发现造假：日志曾为回执 {file} 对 {size} 条记录签名，现在只展示 {shown} 条，有内容被撤回。",
    ),
    "anchor_differs": (
        "CAUGHT: block {block} of the chain holds another root over the first {size} entries than this log has.",
        "发现造假：链上区块 {block} 所存前 {size} 条记录的根与本日志不同。",
    ),
    "anchor_beyond": (
        "CAUGHT: block {block} of the chain holds a root over {size} entries, and the log shows {shown} only.",
        "发现造假：链上区块 {block} 存有 {size} 条记录的根，而日志只展示 {shown} 条。",
    ),
    "rewritten": (
        "CAUGHT: the log signed {size} entries that do not begin with the {held} it signed before. Both signed notes are in {evidence}.",
        "发现造假：日志签署的 {size} 条记录，并不以它先前签署的 {held} 条开头。两份签名都保存在 {evidence}。",
    ),
    "shrunk": (
        "CAUGHT: the log shows {size} entries, after it had signed {held}. Both signed notes are in {evidence}.",
        "发现造假：日志现在只展示 {size} 条记录，而它曾签署 {held} 条。两份签名都保存在 {evidence}。",
    ),
    "witness_differs": (
        "CAUGHT: the witness {url} was shown another log: it cannot cosign the {size} entries that are shown here.",
        "发现造假：见证者 {url} 看到的是另一份日志，无法为这里展示的 {size} 条记录签名。",
    ),
    # What could not be checked.
    "away": (
        "The log could not be read: {why}",
        "无法读取日志：{why}",
    ),
    "unsigned": (
        "What is shown as a checkpoint is not the log's: {why}",
        "所展示的检查点不是该日志签署的：{why}",
    ),
    "mirror": (
        "The mirror in {folder} cannot be used: {why}",
        "无法使用 {folder} 中的镜像：{why}",
    ),
    "late": (
        "{count} facts came into the log long after their day, the oldest is of {oldest}.",
        "有 {count} 条事实在其日期很久之后才写入日志，最早的日期是 {oldest}。",
    ),
    "witness_ahead": (
        "The witness {url} was shown {size} entries, and {shown} are shown here.",
        "见证者 {url} 看到 {size} 条记录，而这里只展示 {shown} 条。",
    ),
    "witness_away": (
        "The witness {url} could not tell what it was shown ({outcome}).",
        "见证者 {url} 没有说明它看到了什么（{outcome}）。",
    ),
    "too_large": (
        "The log says that it has {size} entries; more than {most} are not read.",
        "日志声称有 {size} 条记录，超过 {most} 条不予读取。",
    ),
    "no_quorum": (
        "Too few of your policy's witnesses signed this checkpoint: {count} of {known}.",
        "您的策略所列见证者签名太少：{known} 位中只有 {count} 位。",
    ),
    "receipt_unread": (
        "The receipt {file} could not be read: {why}",
        "无法读取回执 {file}：{why}",
    ),
    "receipt_unproved": (
        "The receipt {file} proves nothing: {why}",
        "回执 {file} 不能证明任何事：{why}",
    ),
    "receipt_keyless": (
        "The receipt {file} was not checked: that takes the log's key (--key).",
        "回执 {file} 没有核对：需要日志的公钥（--key）。",
    ),
    "receipt_newer": (
        "The receipt {file} is over {size} entries, and this copy has {shown} only: bring it up to date.",
        "回执 {file} 含 {size} 条记录，而这份副本只有 {shown} 条：请先更新副本。",
    ),
    "receipt_unopened": (
        "The receipt {file}: what it tells about the deal is not what the fact stands for. One of them was changed.",
        "回执 {file}：其中的交易内容与该事实的承诺不符，其一被改动过。",
    ),
    "chain_away": (
        "The chain could not be asked: {why}",
        "无法查询区块链：{why}",
    ),
    "anchor_newer": (
        "The chain holds a root over {size} entries, and this copy has {shown} only: bring it up to date.",
        "链上存有 {size} 条记录的根，而这份副本只有 {shown} 条：请先更新副本。",
    ),
    "nobody": (
        "The log holds no facts about {subject}.",
        "日志中没有关于 {subject} 的事实。",
    ),
}
HEADINGS: dict[str, tuple[str, str]] = {
    "caught": ("Caught", "发现造假"),
    "unchecked": ("Could not be checked", "无法核对"),
    "proved": ("Proved", "已证明"),
    "trusted": ("Only trusted", "仅凭信任"),
    "score": ("Score", "得分"),
}
PARTS: dict[str, tuple[str, str]] = {
    "hand_over": ("Handing over", "发货"),
    "goods": ("Goods", "商品"),
    "service": ("Service", "服务"),
    "price": ("Honest prices", "价格"),
}
UNKNOWN = ("nothing known yet", "尚无记录")
INPUTS: dict[str, tuple[str, str]] = {
    "late": ("{facts} parcels, {bad} late", "{facts} 个包裹，{bad} 个延误"),
    "missing": ("{facts} orders, {bad} not in stock", "{facts} 笔订单，{bad} 笔缺货"),
    "reviews": ("{facts} reviews, {bad} of three stars or fewer", "{facts} 条评价，{bad} 条三星及以下"),
    "cases": ("{bad} complaints upheld in {facts} sales", "{facts} 笔交易中 {bad} 起投诉成立"),
    "refunds": ("{facts} refunds, {bad} late", "{facts} 笔退款，{bad} 笔超时"),
    "recourse": ("{facts} calls for help, {bad} unanswered", "{facts} 次求助，{bad} 次未回应"),
    "prices": ("{facts} prices, {bad} above the bounds", "{facts} 次价格核对，{bad} 次超限"),
}


def language(asked: str | None) -> int:
    """Return 1 for Chinese and 0 for English: as asked, or as the environment says (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    named = asked or next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "en"
    )
    return int(named.lower().startswith("zh"))


def sentence(code: str, params: dict[str, Any], zh: int) -> str:
    """Return what was found, in a sentence."""
    return SENTENCES[code][zh].format(**params)
