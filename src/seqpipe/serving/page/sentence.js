// A sentence on the page of `seqpipe serve`: its words, and what the model looked at for each of them.
// Whatever a model says is set as text, never as HTML. It uses what page.js defines.
"use strict";

const TOLD_PLACES = 3;
// How much of the strongest place the colour hides.
const STRONGEST = 0.75;
const LOOK = [230, 159, 0];

// The headline, and the other sentences that were found.
function ofSentence({ sentence, confidence, beams }) {
  const parts = [];
  if (confidence !== null) {
    parts.push(made("p", `${percent(confidence)} a word: the geometric mean of the probabilities by which it was said`, "note"));
  }
  if (beams.length > 1) {
    const list = made("ol", "", "sentences");
    list.start = 2;
    list.append(...beams.slice(1).map((beam) => made("li", spoken(beam.sentence))));
    parts.push(made("p", "Next best", "note"), list);
  }
  return [spoken(sentence), ...parts];
}

function spoken(sentence) {
  return sentence || "(nothing)";
}

// The words as buttons, and below them what the chosen one looked at; nothing where the model does not look.
function tellLook(attention) {
  clearLook();
  if (!attention?.tokens.length || (!attention.source && attention.times_s.length === 1 && !maps().length)) return;
  const words = made("div", "", "words");
  words.setAttribute("role", "group");
  words.setAttribute("aria-label", "Words: choose one to see what the model looked at for it");
  const said = made("p", "", "note");
  said.setAttribute("aria-live", "polite");
  const show = drawer(attention, said);
  const choose = (chosen) => {
    [...words.children].forEach((button, n) => button.setAttribute("aria-pressed", String(n === chosen)));
    show(chosen);
  };
  words.append(...attention.tokens.map((token, n) => word(token, () => choose(n))));
  get("look").replaceChildren(made("p", "What the model looked at for each word:", "note"), words, ...show.parts, said);
  shown("look", true);
  choose(0);
}

function clearLook() {
  shown("look", false);
  shown("steps", false);
  get("look").replaceChildren();
  get("steps").replaceChildren();
}

function word(token, choose) {
  const button = made("button", token.replaceAll("\u2581", " "));
  button.type = "button";
  for (const event of ["click", "focus", "mouseenter"]) button.addEventListener(event, choose);
  return button;
}

// What draws the look of the n-th word; `parts` are the elements that it needs below the words.
function drawer(attention, said) {
  const { source, times_s: times, grid, tokens, weights } = attention;
  if (source) return ofSource(source, tokens, weights, said);
  const places = grid ? grid[0] * grid[1] : 1;
  const over = maps();
  const steps = times.length > 1 ? chart(times) : [];
  const show = (n) => {
    const row = weights[n];
    const sums = times.map((_, step) => row.slice(step * places, (step + 1) * places).reduce((a, b) => a + b, 0));
    const largest = Math.max(...row);
    over.forEach((canvas) => draw(canvas, row.slice(nearest(times, canvas) * places), grid, largest));
    steps.forEach((column, step) => fill(column, sums[step], Math.max(...sums), times[step]));
    said.textContent = steps.length ? most(sums, (step) => `at ${clock(times[step])}`) : whereOf(row, grid);
  };
  return Object.assign(show, { parts: [] });
}

function ofSource(source, tokens, weights, said) {
  const read = made("div", "", "source");
  read.setAttribute("role", "img");
  read.setAttribute("aria-label", `The text as the model has read it: ${source.join(" ")}`);
  read.append(...source.map((token) => made("span", token.replaceAll("\u2581", " "))));
  const show = (n) => {
    [...read.children].forEach((token, place) => {
      token.style.setProperty("--share", weights[n][place]);
      token.title = percent(weights[n][place]);
    });
    said.textContent = most(weights[n], (place) => source[place]);
  };
  return Object.assign(show, { parts: [read] });
}

// The places of the largest weights in words: "two (80.0 %), three (12.0 %)".
function most(weights, name) {
  const order = weights.map((_, place) => place).sort((a, b) => weights[b] - weights[a]);
  return order.slice(0, TOLD_PLACES).map((place) => `${name(place)} (${percent(weights[place])})`).join(", ");
}

// Where in the picture the weights have their middle.
function whereOf(weights, [rows, columns]) {
  const middle = (of) => weights.slice(0, rows * columns).reduce((sum, weight, place) => sum + weight * of(place), 0);
  const down = (middle((place) => Math.floor(place / columns)) + 0.5) / rows;
  const along = (middle((place) => place % columns) + 0.5) / columns;
  const third = (share, names) => names[Math.min(2, Math.floor(3 * share))];
  const words = [third(down, ["upper", "", "lower"]), third(along, ["left", "", "right"])].filter(Boolean);
  return `Mostly in the ${words.length ? `${words.join(" ")} part` : "middle"} of the picture`;
}

function maps() {
  return [...document.querySelectorAll("#frames canvas")];
}

// A picture with a canvas over the square that the model reads of it.
function mapped(picture, { area, time_s }, figure) {
  if (!area) return picture;
  const [left, top, right, bottom] = area;
  const canvas = made("canvas", "", "map");
  canvas.setAttribute("aria-hidden", "true");
  canvas.dataset.time = time_s;
  Object.assign(canvas.style, { left: `${100 * left}%`, top: `${100 * top}%` });
  Object.assign(canvas.style, { width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
  figure.classList.add("mapped");
  const both = made("div", "", "picture");
  both.append(picture, canvas);
  return both;
}

function nearest(times, canvas) {
  const far = times.map((time) => Math.abs(time - Number(canvas.dataset.time)));
  return far.indexOf(Math.min(...far));
}

function draw(canvas, weights, [rows, columns], largest) {
  Object.assign(canvas, { width: columns, height: rows });
  const pen = canvas.getContext("2d");
  for (let place = 0; place < rows * columns; place += 1) {
    pen.fillStyle = `rgb(${LOOK.join(" ")} / ${(STRONGEST * weights[place]) / largest})`;
    pen.fillRect(place % columns, Math.floor(place / columns), 1, 1);
  }
}

function chart(times) {
  const bars = made("div", "", "columns");
  bars.setAttribute("aria-hidden", "true");  // the line below the words says the same
  bars.append(...times.map(() => made("span")));
  const ticks = made("div", "", "ticks");
  ticks.append(made("span", clock(times[0])), made("span", clock(times[times.length - 1])));
  get("steps").replaceChildren(bars, ticks);
  shown("steps", true);
  return [...bars.children];
}

function fill(column, weight, largest, time) {
  column.style.height = `${(100 * weight) / largest}%`;
  column.title = `${clock(time)}: ${percent(weight)}`;
}
