// All keys, page by page.
import { h, card } from '/assets/dom.js';

const keys = {
  'Everywhere': [['g r', 'runs'], ['g c', 'compare'], ['g p', 'player'], ['g w', 'weights'], ['g v', 'verdicts'], ['t', 'theme: system, light, dark'], ['?', 'this page']],
  'Runs': [['/', 'filter'], ['↑ ↓ or k j', 'run before, next run'], ['Enter', 'open'], ['x', 'choose for a comparison'], ['Shift Enter', 'compare what is chosen']],
  'A curve': [['← →', 'read value by value'], ['PageUp PageDown', 'by twenty values'], ['Home End', 'first and last value in view'], ['+ −', 'zoom in and out'], ['Shift ← →', 'move along'], ['0', 'show all'],
    ['drag', 'zoom to what is marked'], ['wheel', 'zoom, once the curve has been clicked'], ['two fingers', 'zoom and move'], ['double click', 'show all']],
  'The player': [['Space or k', 'play, pause'], ['← →', 'one step'], ['Shift ← →', 'ten steps'], ['Home End', 'birth, end of life'], ['[ ]', 'slower, faster'], ['1 … 9', 'look at one sine'], ['0', 'follow the life'], ['d', 'ΔW of the step, or since birth'],
    ['n p', 'next life, life before']],
  'A tensor': [['← ↑ ↓ →', 'read number by number'], ['Esc', 'close']],
};

export async function show() {
  return [h('h1', {}, 'Keys'), h('p', { class: 'lead' }, 'Everything in the studio can be done without a mouse. It reads runs and writes nothing.'),
    h('div', { class: 'grid' }, Object.entries(keys).map(([where, list]) => card(where, h('dl', { class: 'facts' }, list.map(([key, what]) => [h('dt', {}, key.split(' ').map((k, i) => [i ? ' ' : '', /^(or|…|drag|wheel|two|fingers|double|click)$/.test(k) ? k : h('kbd', {}, k)])), h('dd', {}, what)])))))];
}
