{% from "parts/viewer.html" import controls -%}
sitegen.controls = {{ controls().split()|join(" ")|script }};
sitegen.suppressions = {{ suppressions|script }};
