"use strict";
// The page says everything without this file. It adds the reader's own clock, and opens a page that was left open in time.

const language = document.documentElement.lang;

for (const time of document.querySelectorAll("time[data-local]")) {
  const written = time.dateTime; // with the facility's offset: its first 16 letters are the facility's wall time
  const start = new Date(written);
  const two = (number) => String(number).padStart(2, "0");
  const here = `${start.getFullYear()}-${two(start.getMonth() + 1)}-${two(start.getDate())}` +
    `T${two(start.getHours())}:${two(start.getMinutes())}`;
  if (here !== written.slice(0, 16)) {
    const part = (asked) => new Intl.DateTimeFormat(language, asked).formatToParts(start);
    const day = part({ weekday: "short", month: "short", day: "numeric" }).map((each) => each.value).join("");
    const zone = part({ hour: "numeric", timeZoneName: "short" }).find((each) => each.type === "timeZoneName").value;
    const hour = start.getHours(); // written as the facility's line beside it, in either language
    time.textContent = `${day}, ${hour % 12 || 12}:${two(start.getMinutes())} ${hour < 12 ? "AM" : "PM"} ${zone}`;
    time.parentElement.hidden = false;
  }
}

for (const place of document.querySelectorAll("[data-opens]")) {
  // The phone's own clock may be wrong: count from what the server said, by a clock that only runs.
  const wait = new Date(place.dataset.opens) - new Date(place.dataset.now);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "always" });
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
    place.textContent = `${place.dataset.words} ${words.format(amount, unit)}`;
    place.hidden = false;
    setTimeout(tick, unit === "second" ? 1000 : 15000);
  };
  tick();
}

for (const place of document.querySelectorAll("[data-again]")) {
  setTimeout(() => location.replace(place.dataset.again), 5000);
}
