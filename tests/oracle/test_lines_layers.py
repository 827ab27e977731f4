"""Layers with unusual options, as learners write them: outputs, gradients, buffers and texts are PyTorch's, or refused in both.

A line is a name and a program, which leaves its answer in R; T is the package.
"""

from tests.oracle.lines import comparisons, table

# Where we differ, and why.
COMPUTED_HERE = {
    "pad_val_mode": "a value that is not used",
}
REFUSED_HERE = {
    "emb_opts": "scale_grad_by_freq is refused by name",
    "embbag_freq": "scale_grad_by_freq is refused by name",
    "interp_aa": "antialias is refused by name",
    "gs_nan": "a place that is no number is refused",
}
OTHER = {
    "gs": "the nearest element gives its place no gradient, and PyTorch zeros",
    "gs3": "as gs",
    "act_all": "the sign of a zero; gelu of inf is inf, where PyTorch has NaN",
    "interp_mode_dim": "a ShapeError",
}

PROGRAMS = table(
    r"""
conv1d_pm | R=[go(nn.Conv1d(2,3,3,padding=2,padding_mode=p),T.randn(2,2,6)) for p in ('zeros','reflect','replicate','circular')]
conv2d_pm | R=[go(nn.Conv2d(2,4,(3,2),padding=(2,1),stride=2,dilation=(1,2),groups=2,padding_mode=p),T.randn(2,2,6,7)) for p in ('zeros','reflect','replicate','circular')]
conv3d_pm | R=[go(nn.Conv3d(1,2,2,padding=1,padding_mode=p),T.randn(1,1,3,4,3)) for p in ('zeros','replicate','circular')]
conv_same | R=go(nn.Conv2d(1,2,(3,4),padding='same',dilation=(2,1)),T.randn(1,1,5,6))
conv_same_refl | R=go(nn.Conv2d(1,2,(3,4),padding='same',padding_mode='reflect'),T.randn(1,1,5,6))
conv_valid | R=go(nn.Conv1d(1,2,3,padding='valid',stride=2),T.randn(1,1,9))
conv_same_stride | nn.Conv1d(1,2,3,padding='same',stride=2)
conv_unbatched | R=go(nn.Conv2d(1,2,3),T.randn(1,5,6))
conv_bad_pm | nn.Conv1d(1,2,3,padding_mode='foo')
conv_bad_groups | nn.Conv1d(3,4,3,groups=2)
conv_groups0 | nn.Conv1d(3,4,3,groups=0)
conv_small | nn.Conv2d(1,1,5)(T.ones(1,1,3,3))
conv_chan | nn.Conv2d(2,1,3)(T.ones(1,1,3,3))
conv_dim | nn.Conv2d(2,1,3)(T.ones(2,3))
conv_dtype | nn.Conv2d(1,1,3)(T.ones(1,1,3,3,dtype=T.float64))
conv_int | nn.Conv2d(1,1,3)(T.ones(1,1,3,3,dtype=T.int64))
convt1d | R=go(nn.ConvTranspose1d(2,4,3,stride=3,padding=1,output_padding=2,groups=2,dilation=2,bias=False),T.randn(2,2,5))
convt2d | R=go(nn.ConvTranspose2d(2,4,(3,2),stride=(2,3),padding=(1,0),output_padding=(1,2),groups=2),T.randn(2,2,4,3))
convt3d | R=go(nn.ConvTranspose3d(1,2,2,stride=2),T.randn(1,1,2,3,2))
convt_os | m=nn.ConvTranspose2d(1,1,3,stride=2); R=m(T.ones(1,1,4,4),output_size=(10,9))
convt_os_bad | m=nn.ConvTranspose2d(1,1,3,stride=2); R=m(T.ones(1,1,4,4),output_size=(20,9))
convt_op_bad | nn.ConvTranspose2d(1,1,3,output_padding=1)(T.ones(1,1,4,4))
convt_pm | nn.ConvTranspose2d(1,1,3,padding_mode='reflect')
mp_ceil | R=[go(nn.MaxPool2d(3,stride=2,padding=p,ceil_mode=c,dilation=d),T.randn(2,2,8,7)) for p in (0,1) for c in (True,False) for d in (1,2)]
mp_idx | R=go(nn.MaxPool2d((2,3),return_indices=True,ceil_mode=True),T.randn(1,2,5,7))
mp1_idx | R=go(nn.MaxPool1d(3,stride=1,padding=1,dilation=2,return_indices=True),T.randn(1,2,9))
mp3 | R=go(nn.MaxPool3d((1,2,2),stride=(1,2,1),return_indices=True),T.randn(1,2,3,4,5))
mp_tie | R=go(nn.MaxPool2d(2,return_indices=True),T.ones(1,1,4,4))
mp_nan | R=F.max_pool2d(t([[[nan,1.],[2.,3.]]]),2)
mp_neg | R=go(nn.MaxPool2d(3,padding=1),-T.ones(1,1,4,4))
mp_badpad | nn.MaxPool2d(2,padding=2)(T.ones(1,1,4,4))
mp_unb | R=go(nn.MaxPool2d(2),T.randn(1,4,4))
mp_stride0 | nn.MaxPool2d(2,stride=0)(T.ones(1,1,4,4))
mp_strideNone | R=F.max_pool2d(T.arange(16.).reshape(1,4,4),2,None)
unpool | p=nn.MaxPool2d(2,stride=2,return_indices=True); y,i=p(T.randn(1,1,5,5)); R=nn.MaxUnpool2d(2,stride=2)(y,i,output_size=(1,1,5,5)),nn.MaxUnpool2d(2,2)(y,i)
unpool1 | y,i=F.max_pool1d(T.randn(1,2,6),2,return_indices=True); R=go(nn.MaxUnpool1d(2),y,i)
ap | R=[go(nn.AvgPool2d(3,stride=2,padding=1,ceil_mode=c,count_include_pad=k,divisor_override=d),T.randn(1,2,6,7)) for c in (True,False) for k in (True,False) for d in (None,5)]
ap1 | R=[go(nn.AvgPool1d(3,stride=2,padding=1,ceil_mode=c,count_include_pad=k),T.randn(1,2,8)) for c in (True,False) for k in (True,False)]
ap3 | R=go(nn.AvgPool3d(2,stride=1,padding=1,count_include_pad=False,ceil_mode=True),T.randn(1,1,3,3,4))
ap_div0 | F.avg_pool2d(T.ones(1,1,4,4),2,divisor_override=0)
lp | R=[go(nn.LPPool2d(p,2,stride=1,ceil_mode=c),T.rand(1,2,5,5)+.1) for p in (1,2,3.) for c in (True,False)]
lp1 | R=go(nn.LPPool1d(2,3),T.rand(1,2,7)+.1)
lp3 | R=go(nn.LPPool3d(2,2),T.rand(1,2,4,4,4)+.1)
lp_neg | R=F.lp_pool1d(-T.ones(1,1,4),3,2), F.lp_pool1d(-T.ones(1,1,4),2,2)
aap | R=[go(nn.AdaptiveAvgPool2d(o),T.randn(1,2,7,5)) for o in (1,3,(2,None),(None,4),(5,7))]
amp | R=[go(nn.AdaptiveMaxPool2d(o,return_indices=True),T.randn(1,2,7,5)) for o in (1,3,(2,None),(None,4))]
amp1 | R=go(nn.AdaptiveMaxPool1d(3),T.randn(2,7))
aap3 | R=go(nn.AdaptiveAvgPool3d((1,2,3)),T.randn(1,2,4,5,6))
frac | T.manual_seed(0); R=go(nn.FractionalMaxPool2d(2,output_size=(2,3)),T.randn(1,1,5,6))
frac_ratio | T.manual_seed(3); m=nn.FractionalMaxPool2d(3,output_ratio=(.5,.6),return_indices=True); R=[go(m,T.randn(2,3,9,8)) for _ in range(3)],m.output_ratio
frac3 | T.manual_seed(3); R=[go(nn.FractionalMaxPool3d((2,3,1),o,return_indices=True),T.randn(*l,2,6,7,5)) for o in (2,(3,4,4),(1,1,1)) for l in ((),(2,))]
frac_f64 | R=go(lambda x:F.fractional_max_pool2d(x,(2,1),(4,5),return_indices=True),T.randn(1,2,7,6,dtype=T.float64)),F.fractional_max_pool2d(T.randn(1,2,7,6).half(),2,4)
frac_nan | x=T.randn(1,1,5,5); x[0,0,1]=nan; x[0,0,3,2]=nan; R=F.fractional_max_pool2d(x,3,3,return_indices=True),F.fractional_max_pool2d(T.full((1,4,4),-inf),2,2,return_indices=True)
frac_outside | R=[F.fractional_max_pool2d(T.arange(42.).reshape(1,6,7),2,(4,5),_random_samples=T.tensor([[[a,b]]])) for a in (-.6,1.3,0.,.999999) for b in (-2.7,3.1)]
frac_go2 | R=go2(lambda x:F.fractional_max_pool2d(x,3,3,_random_samples=T.tensor([[[.3,.6]]])),T.randn(1,1,5,5))
frac_train | m=nn.Sequential(nn.Conv2d(1,2,3),nn.FractionalMaxPool2d(2,3),nn.Flatten(),nn.Linear(18,1)); o=T.optim.SGD(m.parameters(),.1); x=T.randn(2,1,8,8)\ndef s(x): o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); return l\nR=[s(x*k) for k in (1.,2.,.5)],list(m.parameters())
frac_train_compiled | m=nn.Sequential(nn.Conv2d(1,2,3),nn.FractionalMaxPool2d(2,3),nn.Flatten(),nn.Linear(18,1)); o=T.optim.SGD(m.parameters(),.1); x=T.randn(2,1,8,8)\ndef s(x): o.zero_grad(); l=(m(x)**2).mean(); l.backward(); o.step(); return l\ns=compiled(s); R=[s(x*k) for k in (1.,2.,.5,1.,3.)],list(m.parameters())
frac_none | F.fractional_max_pool2d(T.ones(1,4,4),2)
frac_both | nn.FractionalMaxPool3d(2,2,.5)
frac_ratio1 | nn.FractionalMaxPool2d(2,output_ratio=1.)
frac_large | F.fractional_max_pool2d(T.ones(1,4,4),2,4)
frac3_large | F.fractional_max_pool3d(T.ones(1,4,4,4),2,(2,2,3))
frac_dims | F.fractional_max_pool3d(T.ones(4,4),2,2)
frac_channels | F.fractional_max_pool2d(T.ones(1,2,4,4),2,2,_random_samples=T.rand(1,1,2))
frac_dtype | F.fractional_max_pool2d(T.ones(1,2,4,4),2,2,_random_samples=T.rand(1,2,2).double())
frac_int | F.fractional_max_pool2d(T.ones(1,4,4,dtype=T.int64),2,2)
frac_empty | R=F.fractional_max_pool2d(T.ones(0,1,4,4),2,2)
frac_no_channel | F.fractional_max_pool2d(T.ones(1,0,4,4),2,2)
unpool_overlap | x=T.tensor([[[1.,2.,3.]]]); R=go(lambda x:F.max_unpool1d(x,t([[[0,0,1]]]),2),x),go2(lambda x:F.max_unpool1d(x,t([[[0,0,1]]]),2),x)
unpool_windows | p=nn.MaxPool2d(3,stride=1,return_indices=True)\ndef f(x): y,i=p(x); return nn.MaxUnpool2d(3,1)(y,i)\nR=go(f,T.randn(2,2,6,6))
frac_samples | R=F.fractional_max_pool2d(T.arange(30.).reshape(1,1,5,6),2,output_size=(2,3),_random_samples=T.tensor([[[.3,.6]]]),return_indices=True)
bn_opts | R=[go(nn.BatchNorm1d(3,eps=e,momentum=m,affine=a,track_running_stats=tr),T.randn(4,3)) for e in (1e-5,.1) for m in (.1,None,1.,0.) for a in (True,False) for tr in (True,False)]
bn_mom_none | m=nn.BatchNorm1d(2,momentum=None); [m(T.randn(4,2)) for _ in range(3)]; R=list(m.state_dict().items())
bn_3d | R=go(nn.BatchNorm1d(3),T.randn(4,3,5)), go(nn.BatchNorm1d(3).eval(),T.randn(4,3,5))
bn_one | nn.BatchNorm1d(3)(T.randn(1,3))
bn_one_ok | R=nn.BatchNorm1d(3)(T.randn(1,3,2))
bn_empty | R=nn.BatchNorm1d(3)(T.randn(0,3))
bn_wrongc | nn.BatchNorm1d(3)(T.randn(4,2))
bn2d_notrack_eval | R=go(nn.BatchNorm2d(2,track_running_stats=False).eval(),T.randn(2,2,3,3))
bn_f | R=F.batch_norm(T.randn(4,3),T.zeros(3),T.ones(3),training=False),F.batch_norm(T.randn(4,3),None,None,training=True,weight=T.ones(3)*2)
bn_f_none | F.batch_norm(T.randn(4,3),None,None,training=False)
bn_f_run | a,b=T.zeros(3),T.ones(3); F.batch_norm(T.randn(4,3),a,b,training=True,momentum=.5); R=a,b
bn_reset | m=nn.BatchNorm1d(2); m(T.randn(4,2)); m.reset_running_stats(); R=list(m.state_dict().items())
bn_half | R=nn.BatchNorm1d(2).half()(T.randn(4,2).half()).dtype==T.float16
bn_nb | m=nn.BatchNorm1d(2); m(T.randn(3,2)); m.eval(); m(T.randn(3,2)); R=m.num_batches_tracked
gn | R=[go(nn.GroupNorm(g,6,eps=e,affine=a),T.randn(2,6,4)) for g in (1,2,3,6) for e in (1e-5,.5) for a in (True,False)]
gn_bad | nn.GroupNorm(4,6)
gn_bad2 | nn.GroupNorm(2,6)(T.ones(2,4,3))
gn_2d | R=go(nn.GroupNorm(2,6),T.randn(3,6)), go(nn.GroupNorm(3,6),T.randn(2,6,2,3))
in_opts | R=[go(nn.InstanceNorm2d(3,affine=a,track_running_stats=tr,momentum=m),T.randn(2,3,4,5)) for a in (True,False) for tr in (True,False) for m in (.1,.7)]
in_eval | m=nn.InstanceNorm1d(3,track_running_stats=True); m(T.randn(2,3,4)); m.eval(); R=go(m,T.randn(2,3,4))
in_unb | R=go(nn.InstanceNorm1d(3,affine=True),T.randn(3,4))
in_one | nn.InstanceNorm2d(2)(T.ones(1,2,1,1))
in3 | R=go(nn.InstanceNorm3d(2,eps=.1),T.randn(1,2,2,2,3))
ln | R=[go(nn.LayerNorm(s,eps=e,elementwise_affine=a,**({'bias':b} if a else {})),T.randn(2,3,4)) for s in (4,(3,4),[4]) for e in (1e-5,1.) for a in (True,False) for b in (True,False)]
ln_bad | nn.LayerNorm(3)(T.ones(2,4))
rms | R=[go(nn.RMSNorm(s,eps=e,elementwise_affine=a),T.randn(2,3,4)) for s in (4,(3,4)) for e in (None,1e-3) for a in (True,False)]
lrn | R=[go(nn.LocalResponseNorm(n,alpha=.1,beta=.5,k=2.),T.randn(2,5,3,4)) for n in (1,2,3,5)], go(nn.LocalResponseNorm(3),T.randn(2,5,3))
normalize | R=F.normalize(T.randn(2,3),p=1.,dim=0),F.normalize(T.zeros(2,3)),F.normalize(T.randn(2,3),p=inf,dim=-1,eps=1.)
drop_ps | R=[go(nn.Dropout(p),T.ones(4,5)) for p in (0.,.3,1.)]
drop_kinds | R=go(nn.Dropout1d(.5),T.ones(2,3,4)),go(nn.Dropout2d(.5),T.ones(2,3,2,2)),go(nn.Dropout3d(.5),T.ones(2,3,1,2,2)),go(nn.AlphaDropout(.5),T.ones(3,4)),go(nn.FeatureAlphaDropout(.5),T.ones(2,3,4))
drop_inplace | x=T.ones(4); y=nn.Dropout(.5,inplace=True)(x); R=x,y
drop_bad | nn.Dropout(1.5)
drop_f_eval | R=F.dropout(T.ones(4),.5,training=False)
drop2d_3d | R=nn.Dropout2d(.5)(T.ones(2,3,4))
act_all | x=T.tensor([-3.,-1.,-.5,-0.,0.,.5,1.,3.,7.,inf,-inf,nan]); R=[go(m,x) for m in (nn.ELU(.5),nn.SELU(),nn.CELU(.7),nn.GELU(),nn.GELU(approximate='tanh'),nn.SiLU(),nn.Mish(),nn.Softplus(beta=2,threshold=1),nn.Softsign(),nn.Tanhshrink(),nn.Hardshrink(.7),nn.Softshrink(.3),nn.Hardtanh(-2,.5),nn.Hardsigmoid(),nn.Hardswish(),nn.ReLU6(),nn.LeakyReLU(.3),nn.Threshold(.1,20.),nn.LogSigmoid(),nn.Sigmoid(),nn.Tanh(),nn.RReLU().eval(),nn.ReLU())]
act_inplace | x=T.tensor([-1.,2.]); R=[(f(y:=x.clone()),y) for f in (nn.ReLU(inplace=True),nn.ELU(inplace=True),nn.LeakyReLU(.1,inplace=True),nn.Hardtanh(inplace=True),nn.SiLU(inplace=True),nn.Threshold(0,1,inplace=True),nn.ReLU6(True),nn.SELU(True),nn.CELU(1.,True),nn.Mish(True),nn.Hardswish(True),nn.Hardsigmoid(True))]
act_inplace_leaf | x=T.ones(2,requires_grad=True); nn.ReLU(inplace=True)(x)
act_int | R=F.relu(t([-1,2]))
act_int2 | F.elu(t([-1,2]))
act_int3 | R=F.softmax(t([1,2]),0)
act_int4 | R=F.hardtanh(t([-5,2]))
act_int5 | F.gelu(t([-1,2]))
act_int6 | R=F.leaky_relu(t([-1,2]))
act_int7 | R=F.threshold(t([-1,2]),0,5)
rrelu | R=go(nn.RReLU(.1,.3),T.randn(4,3)),go(nn.RReLU(.1,.3).eval(),T.randn(4,3))
prelu | R=go(nn.PReLU(3,init=.1),T.randn(2,3,4)),go(nn.PReLU(),T.randn(2,3))
prelu_bad | nn.PReLU(3)(T.ones(2,4))
glu | R=go(nn.GLU(0),T.randn(4,3)), go(nn.GLU(),T.randn(3,4))
glu_odd | nn.GLU()(T.ones(3,3))
softmaxes | R=go(nn.Softmax2d(),T.randn(2,3,2,2)),go(nn.LogSoftmax(0),T.randn(2,3)),go(nn.Softmin(1),T.randn(2,3)),go(nn.Softmax(-1),T.randn(3))
softmax_dt | R=F.softmax(t([1,2]),0,dtype=T.float64),F.log_softmax(T.ones(2),0,dtype=T.float64)
softmax_inf | R=F.softmax(t([inf,1.]),0),F.softmax(t([-inf,-inf]),0),F.log_softmax(t([-inf,0.]),0),F.softmax(t([nan,0.]),0),F.softmax(T.ones(0,3),1),F.softmax(T.ones(3,0),1)
gumbel | R=F.gumbel_softmax(T.randn(3,4),tau=.5,hard=True),F.gumbel_softmax(T.randn(3,4),dim=0)
bil | R=go(nn.Bilinear(2,3,4,bias=False),T.randn(5,2),T.randn(5,3))
lin | R=go(nn.Linear(3,2,bias=False),T.randn(3)),go(nn.Linear(3,2),T.randn(2,1,3)),go(nn.Linear(3,0),T.randn(2,3)),go(nn.Linear(0,3),T.randn(2,0))
lin_dtype | R=go(nn.Linear(3,2,dtype=T.float64),T.randn(1,3,dtype=T.float64))
lin_bad | nn.Linear(3,2)(T.ones(2,4))
lin_int | nn.Linear(3,2)(T.ones(2,3,dtype=T.int64))
lin_mixed | nn.Linear(3,2)(T.ones(2,3,dtype=T.float64))
emb_opts | R=go(nn.Embedding(5,3,padding_idx=-1),t([[0,4],[2,2]])),go(nn.Embedding(5,3,scale_grad_by_freq=True),t([0,0,1])),nn.Embedding(5,3,padding_idx=2).weight
emb_pre | w=T.arange(6.).reshape(3,2); m=nn.Embedding.from_pretrained(w); R=m.weight,m(t(1)),m.weight.requires_grad
emb_pre_shares | w=T.arange(6.).reshape(3,2); m=nn.Embedding.from_pretrained(w); w[0]=9; R=m.weight
emb_scalar | R=nn.Embedding(3,2)(t(1)), nn.Embedding(3,2)(T.zeros(0,dtype=T.int64)).shape
emb_int32 | R=nn.Embedding(3,2)(t([1],dtype=T.int32))
emb_bool | nn.Embedding(3,2)(t([True]))
emb_neg | nn.Embedding(3,2)(t([-1]))
embbag | R=[go(nn.EmbeddingBag(6,3,mode=m,padding_idx=p),t([[1,2],[2,0],[0,0]])) for m in ('sum','mean','max') for p in (None,0)]
embbag_off | R=[go(nn.EmbeddingBag(6,3,mode=m,include_last_offset=l),t([1,2,2,0]),t([0,0,3]+([4] if l else []))) for m in ('sum','mean','max') for l in (True,False)]
embbag_w | R=go(nn.EmbeddingBag(6,3,mode='sum'),t([1,2,2,0]),t([0,2]),T.tensor([.1,.2,.3,.4]))
embbag_freq | R=go(nn.EmbeddingBag(6,3,mode='sum',scale_grad_by_freq=True),t([1,2,2,0]),t([0,2]))
flat | R=nn.Flatten()(T.ones(2,3,4)),nn.Flatten(0,1)(T.ones(2,3,4)),nn.Flatten(-2)(T.ones(2,3,4)),nn.Unflatten(-1,(2,-1))(T.ones(2,4)),repr(nn.Flatten()),repr(nn.Unflatten(1,(2,2)))
pads | R=[go(m,T.randn(1,2,4,4)) for m in (nn.ZeroPad2d(1),nn.ZeroPad2d((1,0,-1,2)),nn.ConstantPad2d((1,2,3,0),3.5),nn.ReflectionPad2d((1,2,3,0)),nn.ReplicationPad2d((1,2,3,0)),nn.CircularPad2d((1,2,3,0)))]
pads1 | R=[go(m,T.randn(2,4)) for m in (nn.ConstantPad1d(2,1.),nn.ReflectionPad1d((1,2)),nn.ReplicationPad1d(3),nn.CircularPad1d((1,2)),nn.ZeroPad1d((1,-1)))]
pads3 | R=[go(m,T.randn(1,2,3,3,3)) for m in (nn.ReflectionPad3d(1),nn.ReplicationPad3d((1,0,2,1,0,1)),nn.ConstantPad3d(1,2.),nn.CircularPad3d(1),nn.ZeroPad3d(1))]
pad_bad | nn.ReflectionPad1d(4)(T.ones(1,4))
pad_f | R=F.pad(T.arange(6.).reshape(2,3),(1,2)),F.pad(T.arange(6).reshape(2,3),(0,0,1,1),value=7),F.pad(T.arange(6.).reshape(1,2,3),(1,1),mode='reflect'),F.pad(T.arange(6.).reshape(2,3),(-1,0)),F.pad(t([True,False]),(1,1),value=True),F.pad(T.arange(6).reshape(1,2,3),(1,1),mode='circular')
pad_f_bad | F.pad(T.ones(2),(1,1,1,1))
pad_f_odd | F.pad(T.ones(2),(1,))
pad_mode_bad | F.pad(T.ones(1,2),(1,1),mode='foo')
pad_val_mode | F.pad(T.ones(1,2,3),(1,1),mode='reflect',value=3)
ups | R=[go(nn.Upsample(scale_factor=2.5,mode=m,**({} if m=='nearest' or m=='nearest-exact' else {'align_corners':a})),T.randn(1,2,4,3)) for m in ('nearest','nearest-exact','bilinear','bicubic') for a in (True,False)]
ups_size | R=[go(nn.Upsample(size=s,mode='bilinear'),T.randn(1,1,4,5)) for s in (3,(6,2),(1,1))]
ups1 | R=[go(nn.Upsample(scale_factor=s,mode='linear',align_corners=a),T.randn(1,2,5)) for s in (2,.6,1.7) for a in (True,False)]
ups3 | R=[go(nn.Upsample(scale_factor=(1.5,2,1),mode='trilinear',align_corners=a),T.randn(1,1,2,3,2)) for a in (True,False)]
interp_rsf | R=[F.interpolate(T.arange(20.).reshape(1,1,4,5),scale_factor=1.3,mode=m,recompute_scale_factor=r) for m in ('nearest','bilinear','bicubic','area') for r in (True,None) if not(m=='area' and r is None)]
interp_area | R=F.interpolate(T.arange(20.).reshape(1,1,4,5),size=(3,2),mode='area'),F.interpolate(T.arange(20.).reshape(1,1,4,5),scale_factor=.5,mode='area')
interp_aa | R=[go(lambda x:F.interpolate(x,size=s,mode=m,align_corners=a,antialias=True),T.randn(1,2,8,9)) for m in ('bilinear','bicubic') for a in (True,False) for s in ((3,4),(12,5))]
interp_aa_bad | F.interpolate(T.ones(1,1,4),size=2,mode='linear',antialias=True)
interp_both | F.interpolate(T.ones(1,1,4),size=2,scale_factor=2)
interp_none | F.interpolate(T.ones(1,1,4))
interp_mode_dim | F.interpolate(T.ones(1,1,4),size=2,mode='bilinear')
interp_ac_near | F.interpolate(T.ones(1,1,4),size=2,mode='nearest',align_corners=True)
interp_uint8 | R=F.interpolate(T.arange(16,dtype=T.uint8).reshape(1,1,4,4)*10,size=(3,5),mode='bilinear'),F.interpolate(T.arange(16,dtype=T.uint8).reshape(1,1,4,4),scale_factor=2)
interp_0 | F.interpolate(T.ones(1,1,4),size=0)
upsnear | R=repr(nn.UpsamplingNearest2d(scale_factor=2)),repr(nn.UpsamplingBilinear2d(size=4)),nn.UpsamplingBilinear2d(scale_factor=2)(T.arange(4.).reshape(1,1,2,2)),repr(nn.Upsample(scale_factor=2,mode='bilinear',align_corners=True)),repr(nn.Upsample(size=(2,3)))
pixel | R=go(nn.PixelShuffle(2),T.randn(2,8,2,3)),go(nn.PixelUnshuffle(2),T.randn(1,2,4,6)),go(nn.ChannelShuffle(2),T.randn(1,4,2,2)),nn.PixelShuffle(2)(T.ones(4,2,2)).shape
pixel_bad | nn.PixelShuffle(2)(T.ones(1,3,2,2))
pixelun_bad | nn.PixelUnshuffle(2)(T.ones(1,3,3,2))
fold | R=go(nn.Unfold((2,3),dilation=(1,2),padding=1,stride=(2,1)),T.randn(1,2,5,6)),go(nn.Fold((4,5),(2,2),dilation=1,padding=0,stride=(2,1)),T.randn(1,8,8)),go(nn.Fold((4,4),2,stride=2),T.randn(4,4))
fold_bad | nn.Fold((4,5),(2,2))(T.randn(1,8,3))
unfold_bad | nn.Unfold(5)(T.ones(1,1,3,3))
gs | g=T.rand(1,3,4,2)*2.6-1.3; R=[go(lambda x,g:F.grid_sample(x,g,mode=m,padding_mode=p,align_corners=a),T.randn(1,2,4,5),g) for m in ('bilinear','nearest','bicubic') for p in ('zeros','border','reflection') for a in (True,False)]
gs3 | g=T.rand(1,2,3,2,3)*2.4-1.2; R=[go(lambda x,g:F.grid_sample(x,g,mode=m,padding_mode=p,align_corners=a),T.randn(1,2,3,4,5),g) for m in ('bilinear','nearest') for p in ('zeros','border','reflection') for a in (True,False)]
gs_bad | F.grid_sample(T.ones(1,1,2,2),T.ones(2,3,3,2))
gs_nan | R=F.grid_sample(T.arange(4.).reshape(1,1,2,2),t([[[[nan,0.],[inf,0.]]]]),align_corners=False)
ag | R=[F.affine_grid(T.tensor([[[1.,.2,.1],[0.,1.,-.3]]]),(1,1,3,4),align_corners=a) for a in (True,False)],F.affine_grid(T.randn(1,3,4),(1,1,2,2,3),align_corners=False)
"""
)

test_a_line_gives_what_it_gives_in_pytorch, test_what_differs_is_among_the_lines = comparisons(
    PROGRAMS, COMPUTED_HERE, REFUSED_HERE, OTHER
)
