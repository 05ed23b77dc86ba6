"""Reads a QR code off the screen, as a phone does: from the pixels, dark on white only."""

import base64

from playwright.sync_api import Locator, Page

from frontend import build

READ = """async (picture) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return window.jsQR(data, image.width, image.height, { inversionAttempts: "dontInvert" })?.data ?? "";
}"""


def scan(page: Page, picture: Locator) -> str:
    """The text of the code that is on the screen; empty when a phone could not read it."""
    page.evaluate((build.MODULES / "jsqr" / "dist" / "jsQR.js").read_text())
    return str(page.evaluate(READ, base64.b64encode(picture.screenshot()).decode()))
