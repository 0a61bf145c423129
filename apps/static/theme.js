// Set the theme that the reader chose before anything is drawn. Not a module: modules wait.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme holds.
}
