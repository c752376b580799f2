"""Pages beside the API: its OpenAPI document, a page to read and try it, and what each problem means. No foreign origin."""
