/** The style of the HTML report. It holds each chart four times; colour scheme and width decide which one is shown. */
export const style = `
:root { --page: #fdfcf9; --text: #26251f; --quiet: #6b6a62; --line: #dddbd2; --bad: #c9302c; --good: #12875f; }
@media (prefers-color-scheme: dark) {
  :root { --page: #191815; --text: #f1efe6; --quiet: #a9a79d; --line: #3b3a35; --bad: #ff7a70; --good: #45c795; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 920px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 12px; }
h2 { font-size: 21px; margin: 48px 0 8px; }
p, figcaption { max-width: 44em; }
.lead { font-size: 18px; }
.quiet, figcaption, small, dt { color: var(--quiet); }
figure { margin: 0; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: 8px; }
.dark, .narrow { display: none; }
@media (prefers-color-scheme: dark) { .light { display: none; } .dark.wide { display: block; } }
@media (max-width: 700px) {
  main { padding: 20px 16px 48px; }
  h1 { font-size: 24px; }
  .wide, .dark.wide { display: none; }
  .narrow { display: block; }
  .dark.narrow { display: none; }
}
@media (max-width: 700px) and (prefers-color-scheme: dark) { .light.narrow { display: none; } .dark.narrow { display: block; } }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; width: 100%; }
th { text-align: left; color: var(--quiet); font-weight: 500; white-space: nowrap; }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { min-width: 9em; }
.results { font-size: 13px; }
.met { color: var(--good); }
.missed, .broken td { color: var(--bad); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; }
dd { margin: 0; overflow-wrap: anywhere; }
`;
