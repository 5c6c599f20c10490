"""Routes of recording."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.api.recording import (
    clips,
    consents,
    long_files,
    scripts,
    session_links,
    sessions,
    takes,
    uploads,
    wsr,
    wsr_uploads,
)

urlpatterns: list[URLPattern] = [
    # scripts
    path("scripts/", scripts.ScriptListView.as_view(), name="script-list"),
    path("scripts/import/", scripts.ScriptImportView.as_view(), name="script-import"),
    path("scripts/<str:name>/", scripts.ScriptDetailView.as_view(), name="script-detail"),
    path("scripts/<str:name>/file/", scripts.ScriptFileView.as_view(), name="script-file"),
    path("scripts/<str:name>/sounds/", scripts.ScriptSoundsView.as_view(), name="script-sounds"),
    # consent
    path("consent-texts/", consents.ConsentTextListView.as_view(), name="consent-text-list"),
    path(
        "speakers/<str:public_id>/consents/",
        consents.SpeakerConsentsView.as_view(),
        name="speaker-consents",
    ),
    path(
        "speakers/<str:public_id>/withdraw/",
        consents.WithdrawView.as_view(),
        name="speaker-withdraw",
    ),
    path(
        "sessions/<str:public_id>/consent/",
        consents.SessionConsentView.as_view(),
        name="session-consent",
    ),
    # sessions and links
    path("sessions/", sessions.SessionListView.as_view(), name="session-list"),
    path("sessions/<str:public_id>/", sessions.SessionDetailView.as_view(), name="session-detail"),
    path("sessions/<str:public_id>/events/", sessions.EventsView.as_view(), name="session-events"),
    path("sessions/<str:public_id>/notes/", sessions.NotesView.as_view(), name="session-notes"),
    path("sessions/<str:public_id>/again/", sessions.AgainView.as_view(), name="session-again"),
    path("sessions/<str:public_id>/skip/", sessions.SkipView.as_view(), name="session-skip"),
    path(
        "sessions/<str:public_id>/bring-back/",
        sessions.BringBackView.as_view(),
        name="session-bring-back",
    ),
    path(
        "sessions/<str:public_id>/progress/",
        sessions.SessionProgressView.as_view(),
        name="session-progress",
    ),
    path(
        "sessions/<str:public_id>/links/", session_links.LinksView.as_view(), name="session-links"
    ),
    path("sessions/<str:public_id>/live/", session_links.LiveView.as_view(), name="session-live"),
    path(
        "sessions/<str:public_id>/device/",
        session_links.DeviceView.as_view(),
        name="session-device",
    ),
    path("links/<str:public_id>/", session_links.LinkView.as_view(), name="link-detail"),
    path(
        "corpora/<slug:slug>/recording/",
        sessions.CorpusRecordingView.as_view(),
        name="corpus-recording",
    ),
    # takes, uploads and clips
    path("sessions/<str:public_id>/takes/", takes.TakeListView.as_view(), name="take-list"),
    path("takes/<str:public_id>/", takes.TakeDetailView.as_view(), name="take-detail"),
    path("takes/<str:public_id>/audio/", takes.TakeAudioView.as_view(), name="take-audio"),
    path("sessions/<str:public_id>/clips/", clips.SessionClipsView.as_view(), name="session-clips"),
    path("uploads/", uploads.UploadListView.as_view(), name="upload-list"),
    path("uploads/<str:public_id>/", uploads.UploadDetailView.as_view(), name="upload-detail"),
    # the recorder page and the operator's screen
    # long files
    path(
        "sessions/<str:public_id>/long-recordings/",
        long_files.LongListView.as_view(),
        name="long-recording-list",
    ),
    path(
        "long-recordings/<str:public_id>/",
        long_files.LongDetailView.as_view(),
        name="long-recording-detail",
    ),
    path(
        "long-recordings/<str:public_id>/regions/",
        long_files.LongRegionsView.as_view(),
        name="long-recording-regions",
    ),
    path(
        "long-recordings/<str:public_id>/peaks/",
        long_files.LongPeaksView.as_view(),
        name="long-recording-peaks",
    ),
    path(
        "long-recordings/<str:public_id>/audio/",
        long_files.LongAudioView.as_view(),
        name="long-recording-audio",
    ),
    path(
        "long-recordings/<str:public_id>/search/",
        long_files.LongSearchView.as_view(),
        name="long-recording-search",
    ),
    path(
        "long-recordings/<str:public_id>/cut/",
        long_files.LongCutView.as_view(),
        name="long-recording-cut",
    ),
    # WebSpeechRecorderNg
    path("wsr/project/<str:project>", wsr.ProjectView.as_view(), name="wsr-project"),
    path("wsr/session/<str:session>", wsr.SessionView.as_view(), name="wsr-session"),
    path(
        "wsr/project/<str:project>/session/<str:session>",
        wsr.ProjectSessionView.as_view(),
        name="wsr-project-session",
    ),
    path("wsr/script/<str:script>", wsr.ScriptView.as_view(), name="wsr-script"),
    path(
        "wsr/project/<str:project>/session/<str:session>/recfile",
        wsr.RecordingListView.as_view(),
        name="wsr-recfile-list",
    ),
    path(
        "wsr/project/<str:project>/session/<str:session>/recfile/<str:code>/<str:version>",
        wsr.ItemSoundView.as_view(),
        name="wsr-recfile",
    ),
    path(
        "wsr/project/<str:project>/session/<str:session>/recordingfile/<str:file>",
        wsr.FileSoundView.as_view(),
        name="wsr-session-file",
    ),
    path("wsr/recordingfile/<str:file>", wsr.FileView.as_view(), name="wsr-file"),
    path(
        "wsr/session/<str:session>/recfile/<str:code>",
        wsr_uploads.ItemView.as_view(),
        name="wsr-item",
    ),
    path(
        "wsr/session/<str:session>/recfile/<str:uuid>/<str:what>",
        wsr_uploads.PiecesView.as_view(),
        name="wsr-pieces",
    ),
    path(
        "wsr/session/<str:session>/recfile/<str:code>/<str:uuid>/<str:number>",
        wsr_uploads.PieceView.as_view(),
        name="wsr-piece",
    ),
]
