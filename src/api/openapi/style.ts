/** The style of the page. Its hash is in the page's Content-Security-Policy. */
export const style = `
:root{color-scheme:light dark;--ink:#1c1b22;--soft:#5d5b68;--paper:#fdfcf9;--line:#dcd9d0;--code:#f1efe8;--mark:#8a3b12;--good:#1d6b45;--bad:#9d2b2b}
@media(prefers-color-scheme:dark){:root{--ink:#ecebe6;--soft:#a9a7b3;--paper:#17161b;--line:#34323c;--code:#222029;--mark:#f0a070;--good:#7fd0a4;--bad:#f09a9a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;display:grid;grid-template-columns:16rem minmax(0,52rem);gap:3rem;font:1rem/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
nav{position:sticky;top:0;height:100vh;overflow-y:auto;padding:1.5rem 1rem 2rem 1.5rem;border-right:1px solid var(--line);font-size:.875rem}
nav ul{list-style:none;margin:0;padding:0}
nav h2{margin:1.25rem 0 .25rem;font-size:.75rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);border:0;padding:0}
nav a{display:block;padding:.125rem 0;color:var(--ink);text-decoration:none}
nav a:hover{text-decoration:underline}
nav details{margin-top:1.25rem}
nav .name{font-weight:700;font-size:1rem}
main{padding:2rem 1.5rem 6rem 0}
h1,h2,h3,h4{line-height:1.25;text-wrap:balance}
h1 small{font-size:.875rem;font-weight:400;color:var(--soft)}
h2{margin-top:3rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
article{margin:2rem 0 3rem;scroll-margin-top:1rem}
h3{margin-bottom:.25rem}
h4{margin:1.25rem 0 .5rem;font-size:.875rem;color:var(--soft)}
p{margin:.25rem 0 .5rem}
a{color:var(--mark)}
a:focus-visible,summary:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
code,pre{font:.875em/1.5 ui-monospace,monospace;background:var(--code);border-radius:.25rem}
code{padding:.05rem .25rem;overflow-wrap:anywhere}
pre{margin:.25rem 0;padding:.75rem 1rem;overflow-x:auto}
.route{margin:.25rem 0 .75rem}
.route b{font-size:.8125rem;color:var(--good)}
.route b.post,.route b.patch{color:var(--mark)}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
th,td{padding:.4rem .75rem .4rem 0;border-top:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
th{width:14rem}
td p{margin:0;color:var(--soft)}
i,small{color:var(--soft)}
.answer{margin:.5rem 0;padding-left:.75rem;border-left:3px solid var(--line)}
.answer.s2{border-color:var(--good)}
.answer.s4,.answer.s5{border-color:var(--bad)}
summary{cursor:pointer;font-size:.875rem;color:var(--soft)}
@media(max-width:56rem){body{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}nav ul{columns:2}main{padding:1rem 1.5rem 4rem}th{width:9rem}}
`;
