// Shows the page that the address names. Links within the studio are followed without loading everything anew.
import { h, leave, say, trouble } from '/assets/dom.js';

const pages = {
  '/': () => import('/assets/runs.js'),
  '/run': () => import('/assets/run.js'),
  '/compare': () => import('/assets/compare.js'),
  '/weights': () => import('/assets/weights.js'),
  '/player': () => import('/assets/player.js'),
  '/verdicts': () => import('/assets/verdicts.js'),
  '/comparison': () => import('/assets/verdicts.js'),
  '/reproduction': () => import('/assets/verdicts.js'),
  '/help': () => import('/assets/keys.js'),
};
const above = { '/run': '/', '/comparison': '/verdicts', '/reproduction': '/verdicts' };

let shown = 0;

async function show() {
  const mine = ++shown;
  leave();
  const main = document.getElementById('main');
  const here = above[location.pathname] ?? location.pathname;
  document.querySelectorAll('nav a').forEach(a => a.toggleAttribute('aria-current', a.dataset.page === here));
  document.querySelectorAll('nav a[aria-current]').forEach(a => a.setAttribute('aria-current', 'page'));
  try {
    const page = await pages[location.pathname]();
    if (mine !== shown) return;
    const made = await page.show(new URLSearchParams(location.search), location.pathname);
    if (mine !== shown) return;
    main.replaceChildren(...[made].flat().filter(Boolean));
  } catch (error) {
    if (mine === shown) main.replaceChildren(h('h1', {}, 'Nothing to show'), trouble(error));
  }
  const title = main.querySelector('h1')?.textContent;
  document.title = title ? `${title} · Engram studio` : 'Engram studio';
  say(title ?? '');
  main.dispatchEvent(new CustomEvent('shown'));
  main.dataset.ready = mine;
}

/** Goes to a page of the studio. */
export function go(to) {
  history.pushState(null, '', to);
  show();
  scrollTo(0, 0);
  document.getElementById('main').focus({ preventScroll: true });
}

addEventListener('popstate', show);
addEventListener('click', event => {
  const link = event.target.closest('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || link.hasAttribute('download')) return;
  const to = new URL(link.href);
  if (to.origin !== location.origin || !(to.pathname in pages) || (to.hash && to.pathname === location.pathname && to.search === location.search)) return;
  event.preventDefault();
  go(to.pathname + to.search);
});

// Keys that work on every page: g and then a letter goes to a page, t changes the theme, ? shows all keys.
let prefix = 0;
const letters = { r: '/', c: '/compare', p: '/player', w: '/weights', v: '/verdicts', k: '/help' };
addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  if (event.key === 'g') { prefix = Date.now(); return; }
  if (Date.now() - prefix < 1500 && letters[event.key]) { prefix = 0; event.preventDefault(); go(letters[event.key]); return; }
  if (event.key === '?') go('/help');
  else if (event.key === 't') nextTheme();
});

const themes = ['auto', 'light', 'dark'];
const button = document.getElementById('theme');

function setTheme(name) {
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  button.textContent = { auto: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' }[name];
  try { localStorage.setItem('theme', name); } catch { /* Where nothing may be kept, the next page is the system's again. */ }
  document.dispatchEvent(new CustomEvent('theme'));
}

function nextTheme() {
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme ?? 'auto') + 1) % themes.length]);
}

button.addEventListener('click', nextTheme);
let kept = null;
try { kept = localStorage.getItem('theme'); } catch { /* As above. */ }
setTheme(themes.includes(kept) ? kept : 'auto');
show();
