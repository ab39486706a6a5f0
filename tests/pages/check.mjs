// Looks at pages of krgate as a reader's browser does: check.mjs FOLDER PAGE...
//
// FOLDER holds node_modules with playwright-core and axe-core; KRGATE_BROWSER names a Chromium.
// Each page is opened from disk in light and dark, wide, on a phone and on the narrowest
// screen. Under the page's own policy it must load nothing else, say nothing on the console,
// fit its screen and keep its text readable; nothing may stand in it that could run, whatever
// its titles say. Printed on A4 and Letter it must fit, keep its charts whole and spell out
// where its evidence is. Then axe-core, for which the policy is put aside, must find no
// violation. Last a page with one fault of each kind is held up, so that
// a check that sees nothing is told from a page that has nothing.
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [folder, ...pages] = process.argv.slice(2);
const require = createRequire(path.resolve(folder, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const VIEWS = [
  { name: "wide", width: 1280, height: 900 },
  { name: "phone", width: 390, height: 844 },
  { name: "narrowest", width: 320, height: 640 },
];
const SCHEMES = ["light", "dark"];
const LEAST_TEXT = 12;

/** What a reader would notice, found in the page itself. */
function look(least) {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    faults.push(`it is ${root.scrollWidth} wide on a screen of ${root.clientWidth}`);
  }
  const small = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("title, desc, style")) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.right < 0) continue;
    let size = parseFloat(getComputedStyle(element).fontSize);
    const svg = element.closest("svg");
    if (svg) size *= svg.getScreenCTM().d;
    if (size < least - 0.05) small.add(`${size.toFixed(1)} px: ${walker.currentNode.data.trim()}`);
  }
  if (small.size) faults.push(`text is too small: ${[...small].slice(0, 3).join("; ")}`);
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) {
      faults.push(`${link.hash} leads nowhere`);
    }
  }
  const active = "script, iframe, object, embed, form, base, link, img, foreignObject, use, animate, set, details";
  for (const element of document.querySelectorAll(active)) faults.push(`there is a <${element.localName}>`);
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style") faults.push(`an attribute ${name}`);
      if (/^(href|src|xlink:href)$/.test(name) && !value.startsWith("#")) faults.push(`a link to ${value}`);
    }
  }
  return { faults, ground: getComputedStyle(document.body).backgroundColor };
}

/** What a reader would miss on paper of so many pixels between its margins. */
function onPaper([width, height]) {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > width) faults.push(`it is ${root.scrollWidth} wide on paper of ${width}`);
  for (const figure of document.querySelectorAll("figure")) {
    const style = getComputedStyle(figure);
    if (style.breakInside !== "avoid") faults.push("a chart may be split");
    if (figure.getBoundingClientRect().height > height) faults.push("a chart is higher than a page");
  }
  const appendix = document.getElementById("appendix");
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target || target === appendix || !appendix.contains(target)) continue;
    const said = getComputedStyle(link, "::after").content;
    if (!said.includes(link.getAttribute("href"))) faults.push(`${link.hash} is not spelled out`);
    const named = getComputedStyle(target, "::before").content;
    if (!named.includes(target.id)) faults.push(`#${target.id} does not say its name`);
  }
  const skip = document.querySelector(".skip");
  if (skip && getComputedStyle(skip).display !== "none") faults.push("the skip link is printed");
  return faults;
}

/** Between margins of 15 mm, in pixels of 1/96 inch. */
const PAPERS = [
  { format: "A4", size: [680, 1009] },
  { format: "Letter", size: [702, 942] },
];

const GROUNDS = { light: "rgb(255, 255, 255)", dark: "rgb(13, 17, 23)" };

/** Opens a page once under its own policy and once without, and says what is wrong with it. */
async function faults(browser, url, schemes, views) {
  const found = [];
  const told = (scheme, view, fault) => found.push(`${scheme}, ${view.name}: ${fault}`);

  const plain = await browser.newContext();
  const page = await plain.newPage();
  page.on("console", (message) => found.push(`the console says: ${message.text()}`));
  page.on("pageerror", (error) => found.push(`a script failed: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== url) found.push(`it asks for ${request.url()}`);
  });
  await page.goto(url);
  const open = await browser.newContext({ bypassCSP: true });
  const judged = await open.newPage();
  await judged.goto(url);
  await judged.evaluate(axe);

  for (const scheme of schemes) {
    for (const view of views) {
      for (const each of [page, judged]) {
        await each.setViewportSize(view);
        await each.emulateMedia({ media: "screen", colorScheme: scheme });
      }
      const seen = await page.evaluate(look, LEAST_TEXT);
      seen.faults.forEach((fault) => told(scheme, view, fault));
      if (seen.ground !== GROUNDS[scheme]) told(scheme, view, `its ground is ${seen.ground}`);
      const result = await judged.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const { id, help, nodes } of result.violations) {
        const where = nodes.slice(0, 3).map((node) => node.target.join(" "));
        told(scheme, view, `axe: ${id}: ${help} (${where.join("; ")})`);
      }
    }
    await page.emulateMedia({ media: "print", colorScheme: scheme });
    const printed = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    if (printed !== GROUNDS.light) found.push(`${scheme}: it is printed on ${printed}`);
    for (const { format, size } of PAPERS) {
      await page.setViewportSize({ width: size[0], height: size[1] });
      const paper = await page.evaluate(onPaper, size);
      [...new Set(paper)].forEach((fault) => found.push(`${scheme}, ${format}: ${fault}`));
      const pdf = await page.pdf({ format });
      if (pdf.subarray(0, 5).toString() !== "%PDF-") found.push(`${format}: it is not printed`);
    }
  }
  await plain.close();
  await open.close();
  return found;
}

const BROKEN = `<!DOCTYPE html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
</head><body><img src="https://example.org/x.png"><script>1</script>
<p><a href="#nowhere">x</a> <a href="#e">y</a></p><figure><p>x</p></figure><div id="appendix"><p id="e">x</p></div><pre>${"x".repeat(400)}</pre>
<svg width="10" height="10" viewBox="0 0 100 100"><text>small</text></svg></body></html>`;
const PROOF = ["there is a <script>", "a link to https:", "is not spelled out", "may be split", "on paper of",
  "the console says", "leads nowhere", "wide on a screen", "too small", "its ground is", "axe: image-alt"];

const browser = await chromium.launch({
  executablePath: process.env.KRGATE_BROWSER,
  args: ["--no-sandbox", "--disable-gpu"],
});
let failed = 0;
let looks = 0;
try {
  for (const file of pages) {
    const url = pathToFileURL(path.resolve(file)).href;
    looks += SCHEMES.length * VIEWS.length;
    for (const fault of await faults(browser, url, SCHEMES, VIEWS)) {
      failed += 1;
      console.log(`${path.basename(file)}: ${fault}`);
    }
  }
  const scratch = mkdtempSync(path.join(tmpdir(), "krgate-"));
  const broken = path.join(scratch, "broken.html");
  writeFileSync(broken, BROKEN);
  const proof = await faults(browser, pathToFileURL(broken).href, ["dark"], [VIEWS[1]]);
  rmSync(scratch, { recursive: true });
  for (const wanted of PROOF) {
    if (!proof.some((fault) => fault.includes(wanted))) {
      failed += 1;
      console.log(`the check is blind: nothing of a broken page says "${wanted}"`);
    }
  }
} finally {
  await browser.close();
}
console.log(`pages: ${pages.length} pages looked at in ${looks} ways, ${failed} faults`);
process.exit(failed === 0 && looks > 0 ? 0 : 1);
