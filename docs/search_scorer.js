/* Scores of search results: those of Sphinx, and the operation that the query spells comes first. */
var Scorer = {
  score: (result) => {
    const query = (new URLSearchParams(window.location.search).get("q") || "").trim().toLowerCase();
    const name = result[1].toLowerCase().replace(/^cognito_async\.cognitoclient\./, "");
    return name === query ? 1000 : result[4];
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
