"""A dozen buyers with one address each. Streets and people are invented; phone numbers cannot be dialled."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Buyer

BUYERS: tuple[Buyer, ...] = (
    Buyer("gu-ning", "顾宁", "zh", "上海市", "上海市", "长宁区", "青檐路 18 弄 6 号 402 室", "200050", "10000000101"),
    Buyer(
        "tang-xiaoman", "唐小满", "zh", "四川省", "成都市", "武侯区", "芦花街 77 号 2 栋 901", "610041", "10000000102"
    ),
    Buyer(
        "emma-lindgren",
        "Emma Lindgren",
        "en",
        "Shanghai",
        "Shanghai",
        "Xuhui",
        "Room 1203, No. 9, Lane 240 Lamplight Road",
        "200031",
        "10000000103",
    ),
    Buyer("fang-lei", "方磊", "zh", "广东省", "深圳市", "南山区", "鹭湾路 5 号海棠苑 3B", "518052", "10000000104"),
    Buyer("meng-qiu", "孟秋", "zh", "北京市", "北京市", "东城区", "柿子胡同 31 号", "100010", "10000000105"),
    Buyer("jiang-yue", "江月", "zh", "湖北省", "武汉市", "洪山区", "书墙路 12 号学林公寓 516", "430070", "10000000106"),
    Buyer(
        "daniel-okafor",
        "Daniel Okafor",
        "en",
        "Zhejiang",
        "Hangzhou",
        "Xihu",
        "Flat 6-2-501, 88 Reed Pond Street",
        "310012",
        "10000000107",
    ),
    Buyer("bai-ruo", "白若", "zh", "福建省", "厦门市", "思明区", "听潮里 40 号 1 单元 603", "361004", "10000000108"),
    Buyer("shen-zhiyuan", "沈致远", "zh", "江苏省", "南京市", "鼓楼区", "梧影巷 3 号", "210009", "10000000109"),
    Buyer("ma-lina", "马丽娜", "zh", "陕西省", "西安市", "碑林区", "石榴坊 26 号 4 栋 1102", "710054", "10000000110"),
    Buyer(
        "priya-raman",
        "Priya Raman",
        "en",
        "Guangdong",
        "Guangzhou",
        "Tianhe",
        "Unit 2207, Cloudberry Court, 15 Kapok Row",
        "510620",
        "10000000111",
    ),
    Buyer("xu-heping", "徐和平", "zh", "山东省", "青岛市", "市南区", "灯塔路 8 号 202", "266071", "10000000112"),
)
