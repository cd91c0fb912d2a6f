// Buttons drawn by the server send their event with its values. Runs once per gr.HTML.
let last = null;
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (!button || !element.contains(button) || button.disabled) return;
  last = [button.dataset.act, button.dataset.value];
  trigger(button.dataset.act, JSON.parse(button.dataset.value || '{}'));
});

// Arrow keys walk over the parts of a face, so that Tab passes the whole grid in one step.
element.addEventListener('keydown', (event) => {
  const grid = event.target.closest('.mm-grid');
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!grid || !step) return;
  event.preventDefault();
  const cells = [...grid.children];
  const side = Number(grid.dataset.grid);
  const wide = event.key === 'ArrowUp' || event.key === 'ArrowDown' ? side : 1;
  const next = cells[cells.indexOf(event.target) + step * wide];
  if (next) next.focus();
});

// A fold that was opened stays open when its card is drawn anew, in another language too.
// Noted at the click, which comes before the toggling: the card may be drawn anew in between.
const folds = new Set();
element.addEventListener('click', ({ target }) => {
  const fold = target.closest('summary')?.closest('[data-fold]');
  if (fold) folds[fold.open ? 'delete' : 'add'](fold.dataset.fold);
});

let busy = false;
let saidLast = null;
watch('value', () => {
  for (const fold of element.querySelectorAll('[data-fold]')) if (folds.has(fold.dataset.fold)) fold.open = true;
  // The server drew everything anew: give the focus back to the button that was pressed.
  if (last && (document.activeElement === document.body || !document.activeElement)) {
    const same = [...element.querySelectorAll(`[data-act="${last[0]}"]`)]
      .find((button) => button.dataset.value === last[1]);
    if (same) same.focus({ preventScroll: true });
  }
  const was = busy;
  busy = Boolean(element.querySelector('.mm-busy'));
  if (element.querySelector('.mm-error') || (busy && !was)) reveal(element);
  const said = element.querySelector('[data-said]')?.dataset.said;
  if (said && !busy && (was || said !== saidLast)) {
    reveal(element, { again: true });
    aloud(said);
  }
  saidLast = busy ? null : said;
});
