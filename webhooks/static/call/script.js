// Loads a script of another server. It is no module and defines a global.

export function loadScript(url) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    Object.assign(element, { src: url, onload: resolve, onerror: reject });
    document.head.append(element);
  });
}
