// Takes the pictures of the documentation: picture.mjs NODE_FOLDER PAGES_FOLDER PICTURES_FOLDER
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const [folder, pages, pictures] = process.argv.slice(2);
const { chromium } = createRequire(path.resolve(folder, "x.js"))("playwright-core");

const WIDE = { width: 1280, height: 860 };
const PHONE = { width: 390, height: 844 };
const TAKEN = [
  { name: "report-light", page: "half-report.html", scheme: "light", view: WIDE },
  { name: "report-dark", page: "half-report.html", scheme: "dark", view: WIDE },
  { name: "report-details", page: "half-report.html", scheme: "light", view: WIDE, at: "#kr-open-findings" },
  { name: "report-phone-light", page: "half-report.html", scheme: "light", view: PHONE },
  { name: "report-phone-dark", page: "half-report.html", scheme: "dark", view: PHONE, at: "#kr-trained" },
  { name: "status-light", page: "half-status.html", scheme: "light", view: WIDE },
];

const browser = await chromium.launch({
  executablePath: process.env.KRGATE_BROWSER,
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
});
for (const { name, page, scheme, view, at } of TAKEN) {
  const context = await browser.newContext({ viewport: view, colorScheme: scheme });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(path.resolve(pages, page)).href + (at ?? ""));
  await tab.screenshot({ path: path.join(pictures, `${name}.png`) });
  await context.close();
}
await browser.close();
