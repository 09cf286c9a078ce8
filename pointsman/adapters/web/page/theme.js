// Sets the kept theme before the first paint, so that nothing flashes. The one script that is no module.
(function () {
  let kept = null;
  try {
    kept = localStorage.getItem("pointsman.theme");
  } catch {
    // Storage may be switched off: the system's theme is used.
  }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
