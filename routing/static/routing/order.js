// Dragging a rule: the positions that are there stay, in rising order; the rows take them over from top to bottom.
// Replaces unfold's sortRecords, which numbers from 0 and would touch the fallback.
window.sortRecords = function (event) {
  const inputs = Array.from(
    event.from.querySelectorAll("td.field-position input[name$=-position]:not([data-fallback])")
  );
  let last = -1;
  const positions = inputs.map((input) => Number(input.value) || 0).sort((a, b) => a - b);
  inputs.forEach((input, index) => {
    last = Math.max(positions[index], last + 1);
    input.value = last;
  });
};
