"""Posts: a person's words with pictures or a short video, and goods placed in the text; comments and likes below them."""
