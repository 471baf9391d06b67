"use strict";
(() => {
  const plan = JSON.parse(document.getElementById("plan").textContent);
  const CHUNK = 50;
  const ACTIONS = { create: "Create", update: "Update", unchanged: "Unchanged", skip: "Skip", reject: "Reject" };
  const OBJECTS = { lead: "Lead", contact: "Contact", row: "Row" };
  const $ = (id) => document.getElementById(id);
  const list = $("changes"), more = $("more"), count = $("count"), openAll = $("open-all");
  const filters = { kind: $("kind"), object: $("object"), stream: $("stream"), field: $("field"), company: $("company"), look: $("look") };

  /* --- making elements: text only ever goes in as text --- */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const number = (value) => value.toLocaleString("en-US");
  const several = (amount, word) => `${number(amount)} ${word}${amount === 1 ? "" : "s"}`;

  /* --- filters --- */
  const option = (value, text) => make("option", { value }, text);
  const fill = (select, all, pairs) => select.append(option("", all), ...pairs.map(([value, text]) => option(value, text)));
  fill(filters.kind, "Changes", [...Object.entries(ACTIONS), ["*", "Everything"]]);
  fill(filters.object, "All objects", Object.entries(OBJECTS));
  fill(filters.stream, "All streams", plan.streams.map((name, index) => [String(index), name]));
  fill(filters.field, "All fields", plan.fields.map((name, index) => [String(index), name]));
  const folded = (text) => text.normalize("NFKC").toLowerCase();
  for (const item of plan.items) item.search = folded(`${item.company}\n${item.company_id}`);

  const wanted = () => {
    const kind = filters.kind.value, object = filters.object.value, look = filters.look.checked;
    const stream = filters.stream.value, field = filters.field.value, words = folded(filters.company.value.trim());
    return plan.items.filter((item) =>
      (kind === "*" || (kind ? item.action === kind : item.action === "create" || item.action === "update")) &&
      (!object || item.object === object) &&
      (!stream || item.rows.some(([index]) => String(index) === stream)) &&
      (!field || item.changes.some(([index]) => String(index) === field)) &&
      (!look || item.look.length > 0) &&
      (!words || item.search.includes(words)));
  };

  /* --- one object --- */
  const value = (held, marks, tag) => {
    if (held === null || held === undefined || held === "") return make("span", { class: "none" }, "empty");
    if (!Array.isArray(held)) return make(tag, {}, String(held));
    return make("ul", {}, ...held.map((one) => make("li", {}, marks.has(one) ? make(tag, {}, String(one)) : String(one))));
  };
  const marked = (held, other) => {
    const others = new Set([].concat(other ?? []));
    return new Set([].concat(held ?? []).filter((one) => !others.has(one)));
  };
  const change = (item) => ([index, before, after]) => {
    const cells = [make("th", { scope: "row" }, plan.fields[index].replace(/^[^:]*: /, ""))];
    if (item.action === "update") cells.push(make("td", { "data-label": "Before" }, value(before, marked(before, after), "del")));
    cells.push(make("td", { "data-label": "After" }, value(after, marked(after, before), item.action === "update" ? "ins" : "span")));
    return make("tr", {}, ...cells);
  };
  const fact = (name, text) => (text ? [make("dt", {}, name), make("dd", {}, text)] : []);
  const rows = (item) => item.rows.map(([index, first, rest]) =>
    `${plan.streams[index]} ${first.join(", ")}${rest ? ` and ${number(rest)} more` : ""}`).join("; ");
  const body = (item) => {
    const inside = make("div", { class: "body" });
    if (item.look.length) inside.append(make("ul", { class: "warn" }, ...item.look.map((text) => make("li", {}, text))));
    inside.append(make("dl", {},
      ...fact(item.object === "row" ? "Why" : "Matched", item.how),
      ...fact("Company", item.object === "lead" ? "" : item.company),
      ...fact("Company ID", item.company_id),
      ...fact("ID in Close", item.id),
      ...fact(item.object === "row" ? "Row" : "Rows", rows(item))));
    if (item.changes.length) {
      const heads = (item.action === "update" ? ["Field", "Before", "After"] : ["Field", "Value"]).map((name) => make("th", { scope: "col" }, name));
      inside.append(make("table", {}, make("caption", { class: "quiet" }, "What changes"),
        make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...item.changes.map(change(item)))));
    }
    return inside;
  };
  const card = (item) => {
    const about = item.object === "row" ? item.how : item.changes.map(([index]) => plan.fields[index].replace(/^[^:]*: /, "")).join(", ");
    const of = item.object === "contact" && item.company ? ` of ${item.company}` : "";
    const title = make("span", { class: "title" }, make("b", {}, item.title), make("span", {}, `${of} · ${about}`));
    const summary = make("summary", {},
      make("span", { class: `badge ${item.action}` }, ACTIONS[item.action]), make("span", { class: "soft" }, OBJECTS[item.object]), title);
    if (item.look.length) summary.append(make("span", { class: "look" }, several(item.look.length, "warning")));
    const details = make("details", {}, summary);
    details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) details.append(body(item)); });
    if (openAll.getAttribute("aria-pressed") === "true") details.open = true;
    return make("li", {}, details);
  };

  /* --- the list, a chunk at a time --- */
  let shown = [], drawn = 0;
  const draw = () => {
    const next = shown.slice(drawn, drawn + CHUNK);
    list.append(...next.map(card));
    drawn += next.length;
    more.hidden = drawn >= shown.length;
    more.textContent = `Show more (${number(shown.length - drawn)} left)`;
    return next.length;
  };
  const refresh = () => {
    shown = wanted();
    drawn = 0;
    list.replaceChildren();
    draw();
    count.textContent = shown.length === plan.items.length ? `${number(shown.length)} shown`
      : `${number(shown.length)} of ${number(plan.items.length)} shown`;
  };
  more.addEventListener("click", () => {
    const first = drawn;
    if (draw()) list.children[first].querySelector("summary").focus();
  });
  new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && !more.hidden) draw(); }, { rootMargin: "600px" }).observe(more);

  let waiting;
  filters.company.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(refresh, 150); });
  for (const name of ["kind", "object", "stream", "field", "look"]) filters[name].addEventListener("change", refresh);
  $("filters").addEventListener("reset", () => setTimeout(refresh));
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(waiting); refresh(); });
  openAll.addEventListener("click", () => {
    const open = openAll.getAttribute("aria-pressed") !== "true";
    openAll.setAttribute("aria-pressed", String(open));
    openAll.textContent = open ? "Close all" : "Open all shown";
    for (const details of list.querySelectorAll("details")) details.open = open;
  });
  for (const button of $("cards").querySelectorAll("button")) {
    button.addEventListener("click", () => {
      $("filters").reset();
      filters.kind.value = button.dataset.kind;
      filters.object.value = button.dataset.object;
      refresh();
      list.focus({ preventScroll: true });
      $("changes-title").scrollIntoView();
    });
  }
  refresh();
})();
