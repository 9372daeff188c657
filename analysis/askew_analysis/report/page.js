// What the page does beyond showing: sorting and searching tables, looking through pictures, copying, printing.
// DataTables is handed in. Every text is set as text; where DataTables wants HTML, it gets escaped text or elements.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const made = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const MINUS = "−", HARDLY = 1e-9;
const NAMED = 6; // networks that a card names; of more it says how many
const percent = (share) => Math.round(100 * share);
const points = (share) => `${percent(share) === 0 ? "" : share > 0 ? "+" : MINUS}${percent(Math.abs(share))}\u00a0points`;

// Tables that can be sorted.
if (DataTable) DataTable.ext.errMode = "throw";
const sortable = all("table.sortable").map((table) => {
  const paged = table.dataset.paged === "1", searched = table.dataset.searched === "1";
  table.closest(".scroll").classList.remove("scroll");
  const shown = new DataTable(table, {
    autoWidth: false, order: [], paging: paged, pageLength: 50, info: paged, searching: searched,
    layout: {
      topStart: null, topEnd: searched ? "search" : null,
      bottomStart: paged ? "info" : null, bottomEnd: paged ? "paging" : null,
    },
    language: { search: "Search this table" },
  });
  shown.table().container().querySelector(".dt-layout-table").classList.add("scroll");
  // DataTables' heads say that they are buttons, and hear Enter only.
  shown.table().header().addEventListener("keydown", (event) => {
    const button = event.key === " " && event.target.closest("[role=button]");
    if (!button) return;
    event.preventDefault();
    if (!event.repeat) button.click();
  });
  return shown;
});

// The pictures. A card in the JSON is [name, truth, condition, offered, thumbnail, shares, mean of people, of models,
// answers of networks]; the share of a group is [answers, mean, low, middle, high, margin, wrong choice], or null; the
// answer of a network is 1, 0 or null. In the fields, single networks are counted on from the last group.
for (const [number, browser] of all(".browser").entries()) {
  const { groups, people, networks, who, cards } = JSON.parse(browser.querySelector("script").textContent);
  const live = browser.querySelector(".live"), form = live.querySelector("form");
  const chosen = (name) => form.elements[name]?.value ?? "";
  let view;
  const read = () => {
    view = Object.fromEntries(["answers", "condition", "truth", "order"].map((name) => [name, chosen(name)]));
    for (const name of ["people", "models"]) view[name] = chosen(name) === "" ? -1 : Number(chosen(name));
  };
  read();

  const mean = (card, place) => (place < groups.length ? card[5][place]?.[1] : card[8][place - groups.length]) ?? null;
  const sides = (card) => ["people", "models"].map((name, at) => (view[name] < 0 ? card[6 + at] : mean(card, view[name])));
  const difference = (card) => {
    const [one, other] = sides(card);
    return one === null || other === null ? null : one - other;
  };
  const disagreement = (card) => {
    const between = difference(card), means = groups.map((_, place) => mean(card, place)).filter((each) => each !== null);
    if (between !== null) return Math.abs(between);
    return means.length > 1 ? Math.max(...means) - Math.min(...means) : null;
  };
  const fits = (card) => {
    if (view.condition && card[2] !== view.condition) return false;
    if (view.truth && card[1] !== view.truth) return false;
    if (!view.answers) return true;
    const verdict = sides(card).map((side) => (side === null ? "" : side > 0.5 + HARDLY ? "1" : side < 0.5 - HARDLY ? "0" : ""));
    return verdict.join() === { people: "1,0", models: "0,1", right: "1,1", wrong: "0,0" }[view.answers];
  };
  // Smaller comes first; null is a picture without the number, which comes last in either direction.
  const rank = (card, place) => {
    if (view.order === "name") return place;
    if (view.order !== "difference") return mean(card, view.order);
    const by = disagreement(card);
    return by === null ? null : -by;
  };

  const row = (share, place) => {
    const [n, mean, low, middle, high, margin, wrong] = share ?? [0, null, null, null, null, null, null];
    const bar = made("dd", { className: "bar", ariaHidden: "true" }), more = [];
    if (mean !== null) bar.append(made("i", { style: `width: ${100 * mean}%` }));
    if (mean !== null && low !== null && high !== null) {
      bar.append(made("b", { style: `left: ${100 * low}%; width: ${100 * (high - low)}%` }));
      if (middle !== null) bar.append(made("u", { style: `left: ${100 * middle}%` }));
      more.push(`[${percent(low)}, ${percent(high)}]`);
    }
    if (wrong !== null) more.push(`instead: ${wrong}`);
    if (margin !== null) more.push(`margin ${margin.toFixed(2).replace("-", MINUS)}`);
    const said = mean === null ? "no answer" : `${percent(mean)} % of ${n}`;
    const told = made("div", {}, made("dt", { textContent: groups[place] }), bar, made("dd", { className: "share", textContent: said }));
    if (more.length) told.append(made("dd", { className: "more", textContent: more.join(" · ") }));
    told.classList.toggle("models", place >= people);
    told.classList.toggle("chosen", place === view.people || place === view.models);
    return told;
  };
  const missed = (card) => networks.filter((_, place) => card[8][place] === 0);
  const drawn = (card) => {
    const [name, truth, condition, offered, thumbnail, shares] = card;
    const picture = thumbnail
      ? made("img", { src: thumbnail, alt: `${truth}, ${condition}`, decoding: "async" })
      : made("span", { className: "missing", textContent: "no picture here" });
    const words = [condition, name];
    if (offered.length) words.push(`offered: ${offered.join(", ")}`);
    const told = made("div", {}, made("h3", { textContent: truth }), ...words.map((textContent) => made("p", { textContent })));
    const gap = difference(card), rows = shares.map(row), one = networks[view.models - groups.length];
    if (gap !== null) told.append(made("p", { className: "gap", textContent: `${who} ${MINUS} ${one ?? "networks"}: ${points(gap)}` }));
    if (one) {
      const answer = { 1: "right", 0: "wrong" }[mean(card, view.models)] ?? "no answer";
      told.append(made("p", { className: "gap", textContent: `${one}: ${answer}` }));
    }
    const whole = made("div", { className: "card" }, made("div", { className: "top" }, picture, told));
    const names = missed(card), more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
    const wrong = names.length ? [made("p", { className: "wrong", textContent: `networks wrong: ${names.slice(0, NAMED).join(", ")}${more}` })] : [];
    if (rows.length <= 8) {
      whole.append(made("dl", {}, ...rows), ...wrong);
      return whole;
    }
    const first = rows.filter((one) => one.classList.contains("chosen")), others = rows.filter((one) => !first.includes(one));
    const folded = made("summary", { textContent: `${others.length - 4} more groups` });
    whole.append(made("dl", {}, ...first, ...others.slice(0, 4)), made("details", {}, folded, made("dl", {}, ...others.slice(4))), ...wrong);
    return whole;
  };
  const words = cards.map((card) => {
    const [name, truth, , offered, , shares] = card;
    const found = [name, truth, ...offered, ...shares.map((share) => share?.[6] ?? ""), ...missed(card)];
    return made("i", { textContent: found.join(" ") }).innerHTML;
  });

  // What pictures are sorted by changes with what is chosen, so DataTables asks for it each time.
  Object.assign(DataTable.ext.order, {
    [`absent-${number}`]: () => cards.map((card, place) => (rank(card, place) === null ? 1 : 0)),
    [`rank-${number}`]: () => cards.map((card, place) => rank(card, place) ?? 0),
  });
  const hidden = { data: "place", visible: false, searchable: false, type: "num" };
  const table = new DataTable(live.querySelector("table"), {
    data: cards.map((card, place) => ({ card, place })),
    columns: [
      { title: "Picture", data: "place", orderable: false, render: (place, type) => (type === "display" ? "" : words[place]) },
      { ...hidden, orderDataType: `absent-${number}` },
      { ...hidden, orderDataType: `rank-${number}` },
      hidden,
    ],
    createdRow: (row) => { row.role = "listitem"; row.cells[0].role = "none"; },
    rowCallback: (row, { card }) => row.cells[0].replaceChildren(drawn(card)),
    drawCallback: ({ nTBody: body }) => { body.role = body.querySelector(".dt-empty") ? null : "list"; },
    infoCallback: (_, start, end, max, total, told) => (total === 1 ? told.replace("1 to 1 of 1 pictures", "1 picture") : told),
    autoWidth: false, pageLength: 24, order: [[1, "asc"], [2, "asc"], [3, "asc"]],
    layout: { topStart: "info", topEnd: null, bottomStart: null, bottomEnd: "paging" },
    language: {
      info: "_START_ to _END_ of _TOTAL_ pictures", infoEmpty: "0 pictures", infoFiltered: "(_MAX_ in all)",
      zeroRecords: "No picture is like this.", emptyTable: "There are no pictures.",
    },
  });
  table.search.fixed("choices", (_, { card }) => fits(card));
  const show = () => {
    read();
    table.order([[1, "asc"], [2, form.elements.reversed.checked ? "desc" : "asc"], [3, "asc"]]).search(chosen("words")).draw();
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  table.on("page", () => live.scrollIntoView());
  live.hidden = false;
}

// Text to copy. A page opened from a disk has no clipboard in some browsers; there the text is selected.
for (const quote of all(".quote")) {
  const button = quote.querySelector(".copy"), text = quote.querySelector("blockquote"), said = quote.querySelector(".said");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = "Selected; copy it with Ctrl+C, or Command+C on a Mac.";
    }
  });
}

// The contents are folded on small screens, and say where one is on large ones.
const contents = document.querySelector(".contents details"), wide = matchMedia("(min-width: 64rem)");
const fold = () => { contents.open = wide.matches; };
wide.addEventListener("change", fold);
fold();
const seen = new IntersectionObserver((entries) => {
  const here = entries.find((entry) => entry.isIntersecting)?.target.id;
  if (here) all(".contents a").forEach((link) => { link.ariaCurrent = link.hash === `#${here}` ? "true" : null; });
}, { rootMargin: "-10% 0px -85% 0px" });
all("main > section").forEach((section) => seen.observe(section));

// What is wider than its place can be scrolled with the keyboard; what is not needs no stop.
const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
all(".scroll").forEach((box) => sized.observe(box));

// On paper, everything is unfolded but what is for the screen only, and tables have no pages.
let folded = [];
addEventListener("beforeprint", () => {
  folded = all("main details:not([open], .screen-only)");
  folded.forEach((details) => { details.open = true; });
  sortable.forEach((table) => table.page.len(-1).draw());
});
addEventListener("afterprint", () => {
  folded.forEach((details) => { details.open = false; });
  sortable.forEach((table) => table.page.len(50).draw());
});
