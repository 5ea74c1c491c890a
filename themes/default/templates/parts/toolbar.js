{% from "parts/viewer.html" import controls -%}
sitegen.controls = {{ controls()|tojson }};
sitegen.suppressions = {{ suppressions|tojson }};
