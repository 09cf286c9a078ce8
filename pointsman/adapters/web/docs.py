"""The page `/docs`: the OpenAPI document to read, drawn by a script of ours."""

DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pointsman</title>
<link rel="icon" href="static/mark.svg">
<link rel="stylesheet" href="static/docs.css">
</head>
<body>
<main><h1 data-text="docs.title"></h1>
<p><a href="openapi.json" data-text="docs.whole"></a></p>
<form id="tools"><input id="search" type="search" data-label="docs.search" autocomplete="off">
<input id="key" type="password" data-label="docs.key" autocomplete="off"></form>
<p id="none" role="status" data-text="docs.none" hidden></p>
<div id="paths"></div></main>
<script type="module" src="static/docs.js"></script>
</body>
</html>
"""
