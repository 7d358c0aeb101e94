"""The template engine of the pages, each of whose renderings is a span; chosen by settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template.backends.django import DjangoTemplates, Template

from demo_server.tracing.recorder import step

if TYPE_CHECKING:
    from django.http import HttpRequest


class TracedTemplates(DjangoTemplates):
    """Django's own engine; give it the NAME `django`, by which others look for it."""

    def from_string(self, template_code: str) -> TracedTemplate:
        return TracedTemplate(super().from_string(template_code))

    def get_template(self, template_name: str) -> TracedTemplate:
        return TracedTemplate(super().get_template(template_name))


class TracedTemplate(Template):
    """A template that tells how long it took to render."""

    def __init__(self, original: Template) -> None:
        super().__init__(original.template, original.backend)

    def render(
        self, context: dict[str, Any] | None = None, request: HttpRequest | None = None
    ) -> Any:
        with step("serialize", f"render {self.template.name or 'text'}"):
            return super().render(context, request)
