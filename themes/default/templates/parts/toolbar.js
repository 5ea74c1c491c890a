{% from "parts/viewer.html" import controls -%}
{# Without white space between tags: the viewer's style keeps them apart. -#}
sitegen.controls = {{ controls()|compact|script }};
sitegen.suppressions = {{ suppressions|script }};
