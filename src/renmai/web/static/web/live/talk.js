// What is said in a room, newest last. Keeps the end in sight unless somebody reads further up.
const LINES_MAX = 120;

export const makeTalk = (list, { about, words }) => {
  const hosts = new Set(about.hosts), mine = new Map();
  const piece = (kind, className, text) => Object.assign(document.createElement(kind), { className, textContent: text });

  let atEnd = true;
  const toEnd = () => atEnd && (list.scrollTop = list.scrollHeight);
  list.addEventListener("scroll", () => (atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60), { passive: true });
  if (window.ResizeObserver) new ResizeObserver(toEnd).observe(list);
  const put = (row) => {
    list.append(row);
    while (list.children.length > LINES_MAX) list.firstElementChild.remove();
    toEnd();
    return row;
  };
  const spoken = (name, text, host) => {
    const row = piece("li", "room__line", "");
    if (host) row.append(piece("span", "room__line-host", words("host")));
    row.append(piece("span", "room__line-name", name || words("someone")), document.createTextNode(text));
    return row;
  };

  // Words of others can be reported: the way there shows when they are touched, pointed at or focused.
  const report = (number) => {
    const link = piece("a", "room__line-report", words("report"));
    Object.assign(link, { href: `/report/show/${about.show}?line=${number}`, target: "_blank", rel: "nofollow noopener" });
    return link;
  };
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-number]");
    if (row) row.toggleAttribute("data-picked");
  });

  return {
    add(line) {
      const own = mine.get(line.number);
      mine.delete(line.number);
      if (own || list.querySelector(`[data-number="${line.number}"]`)) return;
      const waiting = [...list.querySelectorAll(".room__line--sent")].find((row) => row.dataset.words === line.words && about.name === line.name);
      if (waiting) {
        waiting.dataset.number = line.number;
        waiting.classList.remove("room__line--sent");
        return;
      }
      const row = spoken(line.name, line.words, hosts.has(line.person_id));
      row.dataset.number = line.number;
      row.append(" ", report(line.number));
      put(row);
    },
    tell(text) {
      put(piece("li", "room__line room__line--told", text));
    },
    hide(number) {
      const row = list.querySelector(`[data-number="${number}"]`);
      if (row) row.remove();
    },
    // One's own words stand there at once, and are marked until the house has them.
    sending(text) {
      const row = put(spoken(about.name || words("you"), text, false));
      row.classList.add("room__line--sent");
      row.dataset.words = text.replace(/\s+/g, " ").trim();
      list.scrollTop = list.scrollHeight;
      return row;
    },
    sent(row, number) {
      row.classList.remove("room__line--sent");
      if (!row.dataset.number) {
        row.dataset.number = number;
        mine.set(number, row);
      }
    },
    refused(row, why) {
      row.className = "room__line room__line--refused";
      row.textContent = why;
      row.setAttribute("role", "alert");
      setTimeout(() => row.remove(), 8000);
    },
  };
};
