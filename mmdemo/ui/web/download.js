
// A file that was just made is downloaded at once; its link stays for a second time.
watch('value', () => {
  const link = element.querySelector('a[data-now]');
  if (!link) return;
  link.removeAttribute('data-now');
  link.click();
});
