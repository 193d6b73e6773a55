// Symbols and hatchings, drawn here: a class is told by its pattern and shape, not by colour alone.

import { COLORS } from "./basemap.js";

const RATIO = 2;

function drawn(size, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const pen = canvas.getContext("2d");
  pen.scale(RATIO, RATIO);
  draw(pen, size);
  return canvas;
}

function hatch(pen, size, width, color) {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift - 1, size + 1);
    pen.lineTo(shift + size + 1, -1);
  }
  pen.stroke();
}

// Two hatchings across each other: here nothing can be said.
function lattice(pen, size, color) {
  pen.strokeStyle = color;
  pen.lineWidth = 0.8;
  pen.strokeRect(0, 0, size, size);
}

function dots(pen, size, color) {
  pen.fillStyle = color;
  for (const [x, y] of [[size / 4, size / 4], [(3 * size) / 4, (3 * size) / 4]]) {
    pen.beginPath();
    pen.arc(x, y, 1, 0, 2 * Math.PI);
    pen.fill();
  }
}

function shape(pen, fill, path) {
  pen.lineJoin = "round";
  pen.beginPath();
  path();
  pen.closePath();
  pen.lineWidth = 4.5;
  pen.strokeStyle = "#ffffff";
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
}

// A works with a saw-tooth roof and a chimney.
function works(pen) {
  shape(pen, COLORS.source, () => {
    pen.moveTo(4, 21);
    pen.lineTo(4, 4);
    pen.lineTo(8, 4);
    pen.lineTo(8, 13);
    pen.lineTo(14, 9);
    pen.lineTo(14, 13);
    pen.lineTo(20, 9);
    pen.lineTo(20, 21);
  });
}

// A drop-shaped pin with a person.
function person(pen) {
  shape(pen, COLORS.member, () => {
    pen.arc(12, 10, 7.5, Math.PI * 0.85, Math.PI * 0.15);
    pen.lineTo(12, 23);
  });
  pen.fillStyle = "#ffffff";
  pen.beginPath();
  pen.arc(12, 7.6, 2.5, 0, 2 * Math.PI);
  pen.fill();
  pen.beginPath();
  pen.arc(12, 15, 4.4, Math.PI * 1.13, Math.PI * 1.87);
  pen.fill();
}

const DRAWINGS = {
  likely: [8, (pen, size) => hatch(pen, size, 1.6, COLORS.likely)],
  possible: [14, (pen, size) => hatch(pen, size, 0.9, COLORS.possible)],
  cannot_be_ruled_out: [10, (pen, size) => dots(pen, size, COLORS.cannot_be_ruled_out)],
  undecidable: [12, (pen, size) => lattice(pen, size, COLORS.undecidable)],
  significant: [8, (pen, size) => hatch(pen, size, 1.6, COLORS.significant)],
  highest: [11, (pen, size) => hatch(pen, size, 1.2, COLORS.highest)],
  works: [24, works],
  person: [24, person],
};

export function addImages(map) {
  for (const [name, [size, draw]] of Object.entries(DRAWINGS)) {
    const pixels = size * RATIO;
    const data = drawn(size, draw).getContext("2d").getImageData(0, 0, pixels, pixels);
    map.addImage(name, data, { pixelRatio: RATIO });
  }
}

// The same drawing for the legend and the list of layers.
export function imageOf(name) {
  const [size, draw] = DRAWINGS[name];
  const canvas = drawn(size, draw);
  canvas.className = "icon";
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.width = canvas.style.height = `${Math.min(size, 20)}px`;
  return canvas;
}

// A patch of hatching with the outline the class has on the map.
export function patchOf(name) {
  const [size, draw] = DRAWINGS[name];
  const canvas = document.createElement("canvas");
  const [width, height] = [28, 18];
  canvas.width = width * RATIO;
  canvas.height = height * RATIO;
  canvas.className = `icon patch`;
  canvas.setAttribute("aria-hidden", "true");
  const pen = canvas.getContext("2d");
  pen.fillStyle = pen.createPattern(drawn(size, draw), "repeat");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.scale(RATIO, RATIO);
  pen.strokeStyle = COLORS[name];
  pen.lineWidth = 2;
  pen.setLineDash({ possible: [6, 3], cannot_be_ruled_out: [2, 2.5], undecidable: [3, 3] }[name] ?? []);
  pen.strokeRect(1, 1, width - 2, height - 2);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return canvas;
}
