app_name = "pbm"
urlpatterns = []
