"""Addresses of production; the site's urls include them at the root."""

from django.urls import path

from production.views import api, bytes, workbench

app_name = "production"

urlpatterns = [
    path("api/uploads/", api.Uploads.as_view(), name="uploads"),
    path("api/uploads/<uuid:upload_id>/", api.OneUpload.as_view(), name="upload"),
    path("api/uploads/<uuid:upload_id>/complete/", api.CompleteUpload.as_view(), name="complete-upload"),
    path("api/jobs/<uuid:job_id>/", api.OneJob.as_view(), name="job"),
    path("api/jobs/<uuid:job_id>/cancel/", api.CancelJob.as_view(), name="cancel-job"),
    path("api/jobs/<uuid:job_id>/keep/", api.KeepProposal.as_view(), name="keep-proposal"),
    path("api/jobs/<uuid:job_id>/change/", api.ChangeProposal.as_view(), name="change-proposal"),
    path("api/jobs/<uuid:job_id>/proposals/", api.Proposals.as_view(), name="proposals"),
    path("api/jobs/<uuid:job_id>/discard/", api.DiscardProposal.as_view(), name="discard-proposal"),
    path("api/recommend/<slug:capability>/", api.Recommend.as_view(), name="recommend"),
    path("api/elements/<uuid:element_id>/harmonise/", api.Harmonise.as_view(), name="harmonise"),
    path("api/elements/<uuid:element_id>/auditions/", workbench.Auditions.as_view(), name="auditions"),
    path("api/elements/<uuid:element_id>/process/", workbench.Apply.as_view(), name="process"),
    path("api/auditions/<uuid:audition_id>/", workbench.OneAudition.as_view(), name="audition"),
    path("api/drafts/<uuid:draft_id>/", workbench.OneDraft.as_view(), name="draft"),
    path("api/drafts/<uuid:draft_id>/keep/", workbench.KeepNotes.as_view(), name="keep-notes"),
    path("api/curves/", workbench.Curves.as_view(), name="curves"),
    path("api/elements/<uuid:element_id>/setting/", workbench.Setting.as_view(), name="setting"),
    path("auditions/<str:token>/", bytes.audition_sound, name="audition-sound"),
    path("heard/<uuid:rendition_id>/<str:content_hash>", bytes.rendition, name="rendition"),
    path("versions/<uuid:version_id>/<slug:form>/", bytes.version, name="version"),
    path("downloads/<str:token>/", bytes.download, name="download"),
    path("schemas/<slug:name>.json", bytes.schema, name="schema"),
    path("proposals/<str:token>/", bytes.proposal, name="proposal"),
]
