"""The pages' and API's WSGI application."""

from django.core.wsgi import get_wsgi_application

from renmai.config import config
from renmai.kit.logs import configure

configure(config().log_level)
application = get_wsgi_application()
