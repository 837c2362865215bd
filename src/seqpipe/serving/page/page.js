// The page of `seqpipe serve`. Whatever a user or a corpus has named is set as text, never as HTML.
"use strict";

const FRAMES = 8;
const MOST_CLASSES = 200;
// Okabe and Ito's colours, told apart also by those who see few.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#b9a800", "#7a7f87"];
const get = (id) => document.getElementById(id);
let model = null;
let asking = false;

function made(tag, text = "", className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

function shown(id, whether) {
  get(id).hidden = !whether;
}

function percent(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}

function clock(seconds) {
  const whole = Math.floor(seconds / 60);
  const rest = seconds - 60 * whole;
  return whole ? `${whole}:${rest.toFixed(1).padStart(4, "0")}` : `${rest.toFixed(2)} s`;
}

function lasting(seconds) {
  const [size, unit] = [[3600, "hour"], [60, "minute"], [1, "second"]].find(([size]) => seconds >= size) ?? [1, "second"];
  const count = Math.round((10 * seconds) / size) / 10;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function headers() {
  const token = sessionStorage.getItem("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function fetched(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  } catch {
    throw new Error("The server does not answer; it may have been stopped, or the file may be larger than it takes.");
  }
  const body = await response.json().catch(() => ({ error: `The server answered with status ${response.status}.` }));
  if (response.status === 401) askForToken();
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body;
}

function askForToken() {
  const wasWrong = sessionStorage.getItem("token") !== null;
  sessionStorage.removeItem("token");
  shown("access", true);
  shown("drop", false);
  shown("typing", false);
  if (wasWrong) fail("That token is not the server's.");
  get("token").focus();
}

function fail(sentence) {
  get("error").textContent = sentence;
  shown("error", true);
}

async function loadModel() {
  try {
    model = await fetched("model");
  } catch (error) {
    if (error.status === 503) return setTimeout(loadModel, 1000);
    get("model").textContent = error.status === 401 ? "The model is told to who has the token." : error.message;
    return undefined;
  }
  shown("access", false);
  shown("drop", true);
  shown("typing", model.endings.includes(".txt"));
  shown("error", false);
  tellModel();
  return undefined;
}

function tellModel() {
  const limits = model.limits;
  get("model").textContent = `${model.name}: ${model.description}, trained on ${model.corpus}`;
  get("samples").textContent = model.pictures ? "A video or image" : `One of the ${model.samples}`;
  get("limits").textContent = `Up to ${limits.max_mib} MiB and ${lasting(limits.max_seconds)}`;
  const facts = {
    [model.told === "sentence" ? "Words" : "Classes"]: listed(model.classes),
    Task: model.task,
    Corpus: model.corpus,
    Size: `${model.mib.toFixed(1)} MiB`,
    Limits: `${limits.max_mib} MiB, ${limits.max_megapixels} megapixels, ${lasting(limits.max_seconds)}`,
    Files: model.endings.join(" "),
  };
  get("facts").replaceChildren(...Object.entries(facts).flatMap(([key, value]) => [made("dt", key), made("dd", value)]));
}

// Of a vocabulary the first ones, which are the commonest.
function listed(classes) {
  const rest = classes.length - MOST_CLASSES;
  return classes.slice(0, MOST_CLASSES).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}

async function ask(file) {
  if (asking) return;
  busy(`Reading ${file.name} …`);
  const form = new FormData();
  form.append("file", file);
  try {
    tell(await fetched(`predict?frames=${FRAMES}&attention=true`, { method: "POST", body: form }));
  } catch (error) {
    fail(error.message);
  } finally {
    idle();
  }
}

function busy(text) {
  asking = true;
  shown("error", false);
  shown("answer", false);
  get("doing").textContent = text;
  shown("busy", true);
  get("drop").classList.add("off");
}

function idle() {
  asking = false;
  shown("busy", false);
  get("drop").classList.remove("off");
  get("file").value = "";
}

function tell(answer) {
  get("name").textContent = answer.file;
  const parts = [`${clock(answer.duration_s)} long`, `answered in ${answer.seconds.toFixed(2)} s`];
  if (model.modality === "text") parts.shift();  // its words, which last a second each
  for (const word of ["flag", "remark"]) if (answer[word]) parts.push(answer[word]);
  get("details").textContent = parts.join(" · ");
  get("frames").replaceChildren(...answer.frames.map(frame));
  shown("frames", answer.frames.length > 0);
  tellLook(answer.attention);
  const [headline, ...said] = formOf(answer)(answer);
  get("headline").textContent = headline;
  get("said").replaceChildren(...said);
  shown("answer", true);
  get("answer").focus({ preventScroll: true });
}

function formOf(answer) {
  if ("sentence" in answer) return ofSentence;
  return answer.segments ? ofSegments : ofClip;
}

function frame({ time_s, image, area }) {
  const figure = made("figure");
  figure.setAttribute("role", "listitem");
  const picture = made("img");
  picture.src = image;
  const whole = time_s === null;  // what has no frames is drawn from end to end
  figure.className = whole ? "whole" : "";
  picture.alt = whole ? "The file as the model has read it" : `Frame at ${clock(time_s)}`;
  figure.append(mapped(picture, { area, time_s }, figure), ...(whole ? [] : [made("figcaption", clock(time_s))]));
  return figure;
}

function ofClip(answer) {
  const list = made("ul", "", "bars");
  list.setAttribute("aria-label", "Probabilities of the classes");
  // Of a vocabulary only the most probable are told.
  const all = Object.entries(answer.probabilities ?? {}).map(([label, probability]) => ({ label, probability }));
  const sorted = all.length ? all.sort((a, b) => b.probability - a.probability) : answer.top;
  list.append(...sorted.map(({ label, probability }) => bar(label, probability, label === answer.label)));
  return [answer.label, list];
}

function bar(label, probability, best) {
  const item = made("li", "", best ? "best" : "");
  const track = made("span", "", "track");
  const fill = made("span", "", "bar");
  fill.style.width = `${100 * probability}%`;
  track.setAttribute("aria-hidden", "true");
  track.append(fill);
  item.append(made("span", label, "label"), track, made("span", percent(probability), "percent"));
  return item;
}

function ofSegments({ segments, duration_s }) {
  const end = Math.max(duration_s, ...segments.map((one) => one.end_s));
  const labels = [...new Set(segments.map((one) => one.label))];
  const headline = `${segments.length} ${segments.length === 1 ? "segment" : "segments"}`;
  const ticks = made("div", "", "ticks");
  ticks.append(...[0, 0.25, 0.5, 0.75, 1].map((share) => made("span", clock(share * end))));
  return [headline, timeLine(segments, labels, end), ticks, segmentTable(segments, labels)];
}

function colourOf(label, labels) {
  return COLOURS[labels.indexOf(label) % COLOURS.length];
}

function timeLine(segments, labels, end) {
  const line = made("div", "", "line");
  line.setAttribute("role", "img");
  line.setAttribute("aria-label", `Time line: ${segments.map((one) => one.label).join(", ")}`);
  for (const one of segments) {
    const stretch = made("span");
    stretch.style.left = `${(100 * one.start_s) / end}%`;
    stretch.style.width = `${(100 * (one.end_s - one.start_s)) / end}%`;
    stretch.style.background = colourOf(one.label, labels);
    stretch.title = `${one.label}, ${clock(one.start_s)} to ${clock(one.end_s)}`;
    line.append(stretch);
  }
  return line;
}

function segmentTable(segments, labels) {
  const rows = segments.map((one) => {
    const label = made("td", one.label, "text");
    const key = made("span", "", "key");
    key.style.background = colourOf(one.label, labels);
    label.prepend(key);
    if (one.flag) label.append(made("span", ` ${one.flag}`, "note"));
    return [label, made("td", clock(one.start_s)), made("td", clock(one.end_s)), made("td", percent(one.probability))];
  });
  return table([made("th", "Label", "text"), made("th", "From"), made("th", "To"), made("th", "Probability")], rows);
}

function table(head, rows) {
  const whole = made("table");
  const [top, body] = [made("thead"), made("tbody")];
  top.append(row(head));
  body.append(...rows.map(row));
  whole.append(top, body);
  const scroll = made("div", "", "scroll");
  scroll.append(whole);
  return scroll;
}

function row(cells) {
  const line = made("tr");
  line.append(...cells);
  return line;
}

function droppable() {
  const drop = get("drop");
  const over = (event) => {
    event.preventDefault(); // else the browser would open the file
    drop.classList.toggle("over", event.type === "dragover");
  };
  for (const type of ["dragover", "dragleave", "dragend", "drop"]) document.addEventListener(type, over);
  document.addEventListener("drop", (event) => {
    const files = event.dataTransfer.files;
    if (files.length > 1) return fail(`${files.length} files were dropped, and one is answered at a time; drop one.`);
    return files.length ? ask(files[0]) : undefined;
  });
  get("file").addEventListener("change", (event) => event.target.files.length && ask(event.target.files[0]));
  get("typing").addEventListener("submit", (event) => {
    event.preventDefault();
    ask(new File([get("text").value], "typed.txt", { type: "text/plain" }));
  });
  get("access").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem("token", get("token").value);
    shown("error", false);
    loadModel();
  });
}

droppable();
loadModel();
