"""The design system of Renmai's pages: tokens, components, icons, charts and the template tags that show values."""
