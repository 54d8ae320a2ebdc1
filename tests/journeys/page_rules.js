// What a page breaks of WCAG 2.2 that axe does not see: each function looks at the whole page and returns what it
// found, empty when all is well.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (elements) => elements.map((one) => one.outerHTML.slice(0, 120));
  const unless = (kept) => (kept ? [] : named([document.body]));
  const CONTROLS = "main button, main a.button, main input:not([type=hidden]), main select";
  const controls = () => all(CONTROLS).filter((one) => one.checkVisibility() && !one.matches(".link, .plain, .row, [readonly]"));
  const clear = (colour) => colour.endsWith(", 0)");

  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const behind = (one) => {
    const colour = getComputedStyle(one.parentElement).backgroundColor;
    return clear(colour) ? behind(one.parentElement) : colour;
  };

  return {
    "2.5.7 no control is for dragging alone": () => named(all("[draggable=true]")),
    "4.1.3 there is a live region": () => unless(document.querySelector("[role=status]")),
    "3.2.6 help is the first thing of the foot": () =>
      unless(document.querySelector("body > footer.foot:last-of-type summary") === all("body > footer summary")[0]),
    "1.3.1 one h1, and no level is skipped": () => {
      const levels = all("h1, h2, h3, h4").map((one) => Number(one.tagName[1]));
      return levels.filter((level, i) => level === 1 ? i > 0 : level > (levels[i - 1] ?? 0) + 1);
    },
    "3.3.7 and 3.3.8 the browser may fill in who one is": () =>
      named(all("input[name=identifier], input[name=password], input[name=code]")
        .filter((one) => !one.autocomplete || one.autocomplete === "off")),
    "nothing moves under reduced motion": () =>
      named(all("*").filter((one) => {
        const style = getComputedStyle(one);
        return `${style.transitionDuration},${style.animationDuration}`.split(",").some((time) => parseFloat(time) > 0.01);
      })),
    "1.4.12 nothing is cut off": () =>
      named(all("main *, nav *, header *, footer *").filter((one) => {
        const style = getComputedStyle(one);
        const hidden = one.clientWidth <= 1 || style.position === "absolute";
        const clips = ["hidden", "clip"].includes(style.overflowY);
        return clips && !hidden && one.innerText && one.scrollHeight > one.clientHeight + 2;
      })),
    "1.4.10 nothing is wider than the window": () =>
      named(all("main *").filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)),
    "1.4.11 the edges of controls are seen": () =>
      named(controls().filter((one) => !one.matches("[type=checkbox], [type=radio]")).filter((one) => {
        const style = getComputedStyle(one), ground = behind(one);
        const fill = clear(style.backgroundColor) ? ground : style.backgroundColor;
        const border = parseFloat(style.borderTopWidth) ? style.borderTopColor : ground;
        return Math.max(contrast(fill, ground), contrast(border, ground)) < 3;
      })),
    "2.4.7 the ring of the focus is seen": () =>
      named(controls().filter((one) => {
        one.focus();
        const style = getComputedStyle(one);
        return parseFloat(style.outlineWidth) < 2 || contrast(style.outlineColor, behind(one)) < 3;
      })),
    "a control has an edge in forced colours": () =>
      named(controls().filter((one) => {
        const style = getComputedStyle(one);
        return style.appearance === "none" && !parseFloat(style.borderTopWidth);
      })),
  };
})()
