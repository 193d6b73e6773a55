// Swagger UI for people who read the API: vendored, and asking no foreign validator.

window.SwaggerUIBundle({ url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
