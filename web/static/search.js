/* Examples by drop, paste and upload. The service draws every result, so that there is one drawing, escaped in one
   place; this module sends the form with its files and puts the part `main` of the answered page into this one. */
const form = document.getElementById("ask");
const words = document.getElementById("q");
const picker = document.getElementById("upload");
const list = document.getElementById("parts");
const live = document.getElementById("live");
const maxBytes = Number(form.dataset.maxBytes);
const examples = []; // {file, weight, chip, preview}
let running = null;
let lastForm = null; // what the results on the page answer, where examples were sent

document.documentElement.classList.add("js");

const hasItems = () => Boolean(list.querySelector("input[type=hidden]"));

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const icon = (name) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
};

const family = (file) => file.type.split("/")[0];

function show(main) {
  document.getElementById("results").replaceWith(main);
  document.documentElement.classList.remove("busy");
  document.body.classList.remove("home");
  document.querySelector(".lead")?.remove();
  live.textContent = main.querySelector("h1")?.textContent ?? "";
  foldFacets();
}

function fail(sentence) {
  const problem = document.getElementById("problem").content.cloneNode(true);
  problem.querySelector("p").textContent = sentence;
  show(make("main", { id: "results", tabIndex: -1 }, problem));
}

function busy() {
  document.documentElement.classList.add("busy");
  live.textContent = "Searching";
}

/* ---- examples ---- */

function add(files) {
  for (const file of files) {
    if (file.type && !["image", "audio", "video"].includes(family(file))) {
      return fail(`“${file.name}” is of type ${file.type}. Examples are pictures, sounds and films.`);
    }
    const total = examples.reduce((sum, example) => sum + example.file.size, file.size);
    if (total > maxBytes) {
      return fail(`“${file.name}” is too large: this service takes ${Math.floor(maxBytes / 2 ** 20)} MB at once.`);
    }
    const example = { file, weight: 1 };
    examples.push(example);
    list.append(chip(example));
  }
  if (files.length) form.requestSubmit();
}

function chip(example) {
  const { file } = example;
  const name = file.name || "pasted picture";
  const sense = make("button", { type: "button", className: "sense", textContent: "more like this" });
  const remove = make("button", { type: "button", className: "remove", ariaLabel: `Remove ${name}` }, icon("close"));
  example.preview = family(file) === "image" ? URL.createObjectURL(file) : "";
  const face = example.preview ? make("img", { src: example.preview, alt: "" }) : icon(family(file) === "audio" ? "recording" : "film");
  example.chip = make("li", { className: "part" }, face, make("span", { className: "name", textContent: name }), sense, remove);
  sense.addEventListener("click", () => {
    example.weight = -example.weight;
    example.chip.classList.toggle("away", example.weight < 0);
    sense.textContent = example.weight < 0 ? "less like this" : "more like this";
    form.requestSubmit();
  });
  remove.addEventListener("click", () => {
    examples.splice(examples.indexOf(example), 1);
    if (example.preview) URL.revokeObjectURL(example.preview);
    example.chip.remove();
    words.focus();
    if (examples.length || words.value.trim() || hasItems()) form.requestSubmit();
  });
  return example.chip;
}

/* ---- searching ---- */

function asForm() {
  const body = new FormData(form);
  for (const { file, weight } of examples) {
    body.append("file", file, file.name || "pasted.png");
    body.append("weight_file", weight);
  }
  return body;
}

async function searchWithExamples() {
  running?.abort();
  const own = new AbortController();
  running = own;
  busy();
  const body = asForm();
  lastForm = body;
  try {
    const response = await fetch(form.action, { method: "POST", body, signal: own.signal });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const main = page.getElementById("results");
    if (!main) return fail(`The service answered ${response.status} ${response.statusText}.`);
    show(document.adoptNode(main));
    document.title = page.title;
  } catch (error) {
    if (error.name !== "AbortError") fail("The service does not answer. Is it still running?");
  }
}

async function more(control) {
  const place = control.closest(".next");
  if (place.ariaBusy) return;
  place.ariaBusy = "true";
  lastForm?.set("cursor", control.dataset.cursor);
  try {
    const response = control.href ? await fetch(control.href) : await fetch(form.action, { method: "POST", body: lastForm });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const cards = [...page.querySelectorAll("#results > .grid > li")];
    if (!response.ok) return fail(page.querySelector("#results p")?.textContent ?? `The service answered ${response.status}.`);
    document.querySelector("#results > .grid").append(...cards.map((card) => document.adoptNode(card)));
    const next = page.querySelector("#results > .next");
    if (next) place.replaceWith(document.adoptNode(next));
    else place.remove();
    cards[0]?.querySelector("h2 a")?.focus({ preventScroll: true });
    live.textContent = `${cards.length} more results`;
  } catch {
    fail("The service does not answer. Is it still running?");
  }
}

form.addEventListener("submit", (event) => {
  if (examples.length) {
    event.preventDefault();
    searchWithExamples();
  } else if (words.value.trim() || hasItems()) {
    busy(); // the browser follows the form; the address of a search with words can be kept and shared
  } else {
    event.preventDefault();
    words.focus();
  }
});
form.addEventListener("change", (event) => {
  if (event.target.name === "kind" && (examples.length || words.value.trim() || hasItems())) form.requestSubmit();
});
picker.addEventListener("change", () => {
  add([...picker.files]);
  picker.value = "";
});
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files];
  if (files.length) {
    event.preventDefault();
    add(files);
  }
});

const dragging = (on) => document.documentElement.classList.toggle("dragging", on);
const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dragging(true);
});
document.addEventListener("dragleave", (event) => event.relatedTarget || dragging(false));
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  dragging(false);
  add([...event.dataTransfer.files]);
});

/* ---- narrowing ---- */

document.addEventListener("click", (event) => {
  const control = event.target.closest("button[data-q]"); // with examples, which no address can hold
  if (!control) return;
  words.value = control.dataset.q;
  form.requestSubmit();
});
const narrow = matchMedia("(max-width: 62rem)");
const foldFacets = () => document.querySelector(".facets")?.toggleAttribute("open", !narrow.matches);
narrow.addEventListener("change", foldFacets);
foldFacets();

/* ---- reasons ---- */

document.addEventListener("toggle", async (event) => {
  const place = event.target.open && event.target.matches?.(".why") && event.target.querySelector(".because:has(> a)");
  if (!place) return;
  const { href } = place.firstElementChild;
  place.textContent = "Looking…";
  try {
    const response = lastForm ? await fetch(href, { method: "POST", body: lastForm }) : await fetch(href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const reasons = page.querySelector("#reasons");
    if (reasons) place.replaceWith(document.adoptNode(reasons));
    else place.textContent = page.querySelector("#results p")?.textContent ?? `The service answered ${response.status}.`;
  } catch {
    place.textContent = "The service does not answer. Is it still running?";
  }
}, true); // toggle does not bubble

/* ---- reading the results ---- */

document.addEventListener("click", (event) => {
  const control = event.target.closest(".next a, .next button");
  if (!control || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  more(control);
});
document.addEventListener("click", (event) => {
  const moment = event.target.closest("a.moment[data-start]");
  const player = moment?.closest(".card, .item")?.querySelector("video, audio");
  // a moment of another file of the same item has an address of its own
  if (!player || new URL(player.src).pathname !== new URL(moment.href).pathname) return;
  event.preventDefault();
  player.currentTime = Number(moment.dataset.start);
  player.play().catch(() => {}); // refused or not playable: the listener for errors below says so
});
document.addEventListener("play", (event) => {
  for (const other of document.querySelectorAll("video, audio")) if (other !== event.target) other.pause();
}, true);
document.addEventListener("error", (event) => {
  const player = event.target;
  if (!(player instanceof HTMLMediaElement) || !player.controls) return;
  player.controls = false; // a film keeps its poster
  player.hidden = player instanceof HTMLAudioElement;
  const open = make("a", { href: player.src, textContent: "Open the file" });
  player.after(make("p", { className: "unplayable" }, "This browser cannot play this format. ", open));
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName)) {
    event.preventDefault();
    words.focus();
    words.select();
  }
});
window.addEventListener("pageshow", () => document.documentElement.classList.remove("busy"));
