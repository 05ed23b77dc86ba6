import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { QUIET_ZONE, crispWidth, drawQr } from "../../../frontend/src/core/picture.js";

const jsQR = createRequire(new URL("../../../frontend/package.json", import.meta.url))("jsqr");

/** A code as WhatsApp's are: four parts of base64. */
const CODE = `2@${"Zk3+a/".repeat(14)}==,${"x9Q/".repeat(11)}=,${"pL+2".repeat(11)}=,${"m7/A".repeat(11)}=`;
const SCALE = 4;

/** The path's modules as pixels, white where nothing is drawn. */
function paint({ size, path }) {
  const side = size * SCALE;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = y * SCALE; row < (Number(y) + 1) * SCALE; row += 1) {
      for (let column = x * SCALE; column < (Number(x) + Number(length)) * SCALE; column += 1) {
        pixels.fill(0, (row * side + column) * 4, (row * side + column) * 4 + 3);
      }
    }
  }
  return { pixels, side };
}

test("what is drawn reads back as the code, dark on white only", () => {
  const { pixels, side } = paint(drawQr(CODE));
  assert.equal(jsQR(pixels, side, side, { inversionAttempts: "dontInvert" })?.data, CODE);
});

test("four modules around the code stay white", () => {
  const { size, path } = drawQr(CODE);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    assert.ok(Number(x) >= QUIET_ZONE && Number(x) + Number(length) <= size - QUIET_ZONE);
    assert.ok(Number(y) >= QUIET_ZONE && Number(y) < size - QUIET_ZONE);
  }
  assert.equal(QUIET_ZONE, 4);
});

test("every module has the same whole number of pixels", () => {
  assert.equal(crispWidth(65, 440), 390);
  assert.equal(crispWidth(65, 300), 260);
  assert.equal(crispWidth(65, 10), 65);
});
