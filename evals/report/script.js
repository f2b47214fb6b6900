const search = document.getElementById('search');
const only = document.getElementById('only');
const shown = document.getElementById('shown');
const tasks = [...document.querySelectorAll('details.task')];
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const task of tasks) {
    const fits = words.every(word => task.dataset.text.includes(word)) && (only.value === 'all' || task.dataset.is.split(' ').includes(only.value));
    task.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${tasks.length} tasks`;
}
search.addEventListener('input', filter);
only.addEventListener('change', filter);
filter();
