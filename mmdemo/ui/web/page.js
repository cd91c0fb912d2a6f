// What a reload would take: Gradio reloads the page once a server that was away is back. What was
// typed and chosen is kept for this tab of the browser, never what is typed into a password field.
const KEPT = 'mmdemo-kept';
const FIELDS = ['sentence', 'video-sentence', 'query', 'but-not', 'fit-text', 'try-sentence'];
const CHOICES = ['language', 'emotion-sides', 'retrieval-sides'];
const SETTLE_MS = 300; // a field is there a moment before Gradio listens to it
const tabs = () => [...document.querySelectorAll('#tabs > .tab-wrapper [role=tab]')];
const field = (id) => document.querySelector(`#${id} textarea, #${id} input`);
const options = (id) => [...document.querySelectorAll(`#${id} input[type=radio]`)];

function keep() {
  const kept = { tab: tabs().findIndex((tab) => tab.ariaSelected === 'true'), typed: {}, chosen: {} };
  for (const id of FIELDS) if (field(id)?.value) kept.typed[id] = field(id).value;
  for (const id of CHOICES) if (options(id).length) kept.chosen[id] = options(id).findIndex((one) => one.checked);
  try { sessionStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* then it is not kept */ }
}

function fill(id, words) {
  const box = field(id);
  if (!box || box.value) return;
  box.value = words;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

const left = (() => {
  const kept = { tab: 0, typed: {}, chosen: {} };
  try { return { ...kept, ...JSON.parse(sessionStorage.getItem(KEPT)) }; } catch { return kept; }
})();

function giveBack() {
  if (left.tab > 0 && tabs().length) {
    const tab = left.tab;
    left.tab = 0;
    setTimeout(() => tabs()[tab]?.click(), SETTLE_MS);
  }
  for (const [id, words] of Object.entries(left.typed)) {
    if (!field(id)) continue;
    delete left.typed[id];
    setTimeout(() => fill(id, words), SETTLE_MS);
  }
  for (const [id, number] of Object.entries(left.chosen)) {
    if (!options(id).length) continue;
    delete left.chosen[id];
    setTimeout(() => { if (!options(id)[number]?.checked) options(id)[number]?.click(); }, SETTLE_MS);
  }
}

// What Gradio says on its own is English only, and speaks of types and files as programmers do.
function sayAgain() {
  const said = SAID[root.lang];
  for (const place of document.querySelectorAll('.toast-title, [data-testid=toast-text]')) {
    const text = place.firstChild;
    for (const [pattern, words] of text ? said : []) {
      const found = text.nodeValue?.trim().match(pattern);
      if (found) text.nodeValue = words.replace(/\{(\d)\}/g, (_, number) => found[number]);
    }
  }
}

// Gradio calls the page by the first language of the browser, whatever language it is in: a screen
// reader would read it with the wrong voice, and what style sheets say would be missing.
const root = document.documentElement;
const sentIn = window.gradio_config.components.find((one) => one.props.elem_id === 'language').props.value;
window.mmSentIn = sentIn;
const callRight = () => { if (!(root.lang in SAID)) root.lang = sentIn; };
new MutationObserver(callRight).observe(root, { attributeFilter: ['lang'] });
callRight(); // this script may come after Gradio's

// A double click on what runs something runs it once.
root.addEventListener('click', (event) => {
  if (event.detail > 1 && event.target.closest?.('button.primary')) event.stopPropagation();
}, { capture: true });

// A menu that is searched by typing shows what is chosen: the first letter typed replaces it.
root.addEventListener('focusin', ({ target }) => {
  if (target.matches?.('[role=combobox]:not([readonly])')) setTimeout(() => target.select());
});

window.addEventListener('pagehide', keep);
new MutationObserver(() => { giveBack(); sayAgain(); }).observe(root, { childList: true, subtree: true });
