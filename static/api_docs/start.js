// In a file of its own: the policy of the pages lets no inline code run.
"use strict";

const page = document.getElementById("swagger-ui");

SwaggerUIBundle({
  domNode: page,
  url: page.dataset.schema,
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null, // the badge would ask a server elsewhere
});
