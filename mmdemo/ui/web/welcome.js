// The line of a first visit: shown until it is closed once in this browser.
const KEY = 'mmdemo-welcomed';
const closed = () => { try { return localStorage.getItem(KEY) === 'yes'; } catch { return true; } };
const line = () => element.querySelector('.mm-welcome');
const tried = new Set();

function settle() {
  if (!line()) return;
  line().hidden = closed();
  for (const button of line().querySelectorAll('[data-tab]')) button.classList.toggle('mm-tried', tried.has(button.dataset.tab));
}

// A tab is drawn when it is opened first, so its example may be there only a moment later.
function press(selector, patience) {
  const example = document.querySelector(selector);
  if (example && example.offsetParent) example.click();
  else if (patience) setTimeout(() => press(selector, patience - 1), 200);
}

element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if ('close' in button.dataset) {
    try { localStorage.setItem(KEY, 'yes'); } catch { /* it comes again next time */ }
    line().hidden = true;
    return;
  }
  tried.add(button.dataset.tab);
  settle();
  document.querySelectorAll('#tabs > .tab-wrapper [role=tab]')[Number(button.dataset.tab)]?.click();
  press(button.dataset.try, 50);
});
watch('value', settle);
settle();
