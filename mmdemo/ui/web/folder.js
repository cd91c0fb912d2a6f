// A whole folder: its files go to the drop zone, each with its path written into its name, because
// an upload keeps only the name. "∕" stands for "/" (see finetune_uploads.py).
element.addEventListener('change', (event) => {
  const picked = event.target.closest('input[type=file]');
  const zone = document.querySelector('#teach-upload input[type=file]');
  if (!picked || !zone || !picked.files.length) return;
  const files = new DataTransfer();
  for (const file of picked.files) {
    const path = (file.webkitRelativePath || file.name).replaceAll('/', '∕');
    files.items.add(new File([file], path, { type: file.type }));
  }
  zone.files = files.files;
  zone.dispatchEvent(new Event('change', { bubbles: true }));
  picked.value = '';
});
