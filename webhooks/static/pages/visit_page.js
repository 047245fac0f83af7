// What the pages of a visit do with scripts: they add the reader's own time, count down to the opening, and reload.

const RELOAD_MS = 5000;

const two = (number) => String(number).padStart(2, "0");

export function startVisitPage() {
  document.querySelectorAll("time[data-local]").forEach(showLocalTime);
  document.querySelectorAll("[data-opens]").forEach(countDown);
  for (const place of document.querySelectorAll("[data-again]")) {
    setTimeout(() => location.replace(place.dataset.again), RELOAD_MS);
  }
}

// Shown only where the reader's time differs from the facility's.
function showLocalTime(time) {
  const written = time.dateTime; // with the facility's offset: its first 16 characters are the facility's wall time
  const start = new Date(written);
  const local = `${start.getFullYear()}-${two(start.getMonth() + 1)}-${two(start.getDate())}` +
    `T${two(start.getHours())}:${two(start.getMinutes())}`;
  if (local === written.slice(0, 16)) return;
  const parts = (options) => new Intl.DateTimeFormat(document.documentElement.lang, options).formatToParts(start);
  const day = parts({ weekday: "short", month: "short", day: "numeric" }).map((part) => part.value).join("");
  const zone = parts({ hour: "numeric", timeZoneName: "short" }).find((part) => part.type === "timeZoneName").value;
  const hour = start.getHours(); // in the format of the facility's line beside it, in both languages
  time.textContent = `${day}, ${hour % 12 || 12}:${two(start.getMinutes())} ${hour < 12 ? "AM" : "PM"} ${zone}`;
  time.parentElement.hidden = false;
}

// Says how long it takes until the page opens, and reloads it then.
function countDown(place) {
  // The phone's clock may be wrong: the time left is the server's, counted down by a monotonic clock.
  const wait = new Date(place.dataset.opens) - new Date(place.dataset.now);
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const tick = () => {
    const left = Math.ceil((wait - performance.now()) / 1000);
    if (left <= 0) {
      setTimeout(() => location.reload(), 1000);
      return;
    }
    const [amount, unit] =
      left >= 172800 ? [Math.floor(left / 86400), "day"]
      : left >= 7200 ? [Math.floor(left / 3600), "hour"]
      : left >= 120 ? [Math.ceil(left / 60), "minute"]
      : [left, "second"];
    place.textContent = `${place.dataset.words} ${format.format(amount, unit)}`;
    place.hidden = false;
    setTimeout(tick, unit === "second" ? 1000 : 15000);
  };
  tick();
}
