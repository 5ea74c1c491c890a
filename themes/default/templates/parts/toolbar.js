{% from "parts/viewer.html" import controls -%}
{# One space between words, none between tags: the viewer's style keeps them apart. -#}
sitegen.controls = {{ (controls().split()|join(" ")).split("> <")|join("><"|safe)|script }};
sitegen.suppressions = {{ suppressions|script }};
