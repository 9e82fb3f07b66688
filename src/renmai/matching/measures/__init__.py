"""What the operator sees of matching: acceptance, sales, exposure, experiments. Reads only."""
