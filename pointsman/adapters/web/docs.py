"""The page `/docs`: the OpenAPI document to read, drawn by a script of ours."""

DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pointsman: the API</title>
<link rel="icon" href="/static/mark.svg">
<link rel="stylesheet" href="/static/docs.css">
</head>
<body>
<main><h1>pointsman: the API</h1>
<p>The whole description as <a href="/openapi.json">OpenAPI 3.1</a>.</p>
<div id="paths"></div></main>
<script type="module" src="/static/docs.js"></script>
</body>
</html>
"""
