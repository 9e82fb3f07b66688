"""What the consoles of creators and suppliers share: whose desk it is, forms, refunds, earnings."""
