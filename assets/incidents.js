/* Clocks of incidents that run on between two renders: how long a stage has been going on, in the reader's words. */
(function () {
  "use strict";

  var WORDS = {
    zh: { days: "{a}天{b}小时", hours: "{a}小时{b}分", minutes: "{a}分钟" },
    en: { days: "{a} d {b} h", hours: "{a} h {b} min", minutes: "{a} min" },
  };

  function said(seconds, words) {
    var past = Math.max(0, seconds);
    var days = Math.floor(past / 86400), hours = Math.floor((past % 86400) / 3600), minutes = Math.floor((past % 3600) / 60);
    var template = days ? words.days : hours ? words.hours : words.minutes;
    return template.replace("{a}", days || hours || minutes).replace("{b}", days ? hours : minutes);
  }

  function tell() {
    var words = WORDS[(document.documentElement.lang || "zh").slice(0, 2)] || WORDS.zh;
    var now = Math.floor(Date.now() / 1000);
    document.querySelectorAll("time[data-since]").forEach(function (clock) {
      var text = said(now - Number(clock.dataset.since), words);
      if (clock.textContent !== text) clock.textContent = text;
    });
  }

  setInterval(tell, 15000);
})();
