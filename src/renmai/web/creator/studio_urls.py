"""Addresses of a show's studio, below /creator/shows/<show>/studio."""

from django.urls import path

from renmai.web.creator import stage, studio

urlpatterns = [
    path("", studio.studio, name="creator-studio"),
    path("/now", studio.now, name="creator-studio-now"),
    path("/camera", studio.camera, name="creator-studio-camera"),
    path("/encoder", studio.encoder, name="creator-studio-encoder"),
    path("/begin", stage.begin, name="creator-studio-begin"),
    path("/end", stage.end, name="creator-studio-end"),
    path("/segment", stage.segment, name="creator-studio-segment"),
    path("/curtain", stage.curtain, name="creator-studio-curtain"),
    path("/pin", stage.pinned, name="creator-studio-pin"),
    path("/drop", stage.drop, name="creator-studio-drop"),
    path("/drop/end", stage.drop_end, name="creator-studio-drop-end"),
    path("/bag", stage.bag, name="creator-studio-bag"),
    path("/coupon", stage.coupon, name="creator-studio-coupon"),
    path("/silence", stage.silenced, name="creator-studio-silence"),
    path("/lift", stage.lifted, name="creator-studio-lift"),
    path("/hide", stage.hidden, name="creator-studio-hide"),
]
