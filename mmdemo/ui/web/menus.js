// A menu drawn by the server sends its event with its values and with what was chosen.
element.addEventListener('change', (event) => {
  const menu = event.target.closest('select[data-act]');
  if (!menu) return;
  last = [menu.dataset.act, menu.dataset.value];
  trigger(menu.dataset.act, { ...JSON.parse(menu.dataset.value || '{}'), chosen: menu.value });
});
